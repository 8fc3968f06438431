import { z } from 'zod'
import { root, secret } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface TelegramSettings {
  token: string
  /** The address of a Bot API in place of Telegram's own. */
  apiRoot: string | undefined
  /** Whether Telegram posts updates to our webhook. If not, they are polled. */
  webhook: boolean
}

const capabilities: Capabilities = { handles: true, redraw: 'always', buttons: true, language: 'en' }

export const telegram: Description<TelegramSettings> = {
  name: 'telegram',
  needs: 'TELEGRAM_BOT_TOKEN',
  settings: z
    .object({
      TELEGRAM_BOT_TOKEN: secret
        .regex(/^\d+:[\w-]+$/, { error: 'must be a token from @BotFather, like 123456:ABC-DEF' })
        .optional(),
      TELEGRAM_API_ROOT: root('https://api.telegram.org').optional(),
      TELEGRAM_WEBHOOK: z.stringbool({ error: 'must be on or off' }).default(false),
      PUBLIC_URL: z.string().optional(),
    })
    .transform((set, issues) => {
      const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: apiRoot, TELEGRAM_WEBHOOK: webhook } = set
      if (!token) return undefined
      if (webhook && !set.PUBLIC_URL?.startsWith('https://') && !apiRoot)
        issues.addIssue({
          code: 'custom',
          path: ['TELEGRAM_WEBHOOK'],
          message:
            'a webhook needs PUBLIC_URL to be an https address that Telegram can reach; or leave it out to poll.',
        })
      return { token, apiRoot, webhook }
    }),
  capabilities,
  async create(options) {
    const { createTelegram } = await import('./run.ts')
    return createTelegram(options, capabilities)
  },
}
