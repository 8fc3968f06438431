import { z } from 'zod'
import { secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'
import { operatorsIn } from '../operators.ts'

export interface WecomSettings {
  botId: string
  secret: string
  /** User ids of those who are admins of every group that they are in, as WeCom tells none: the service's operators. */
  operators: ReadonlySet<string>
  /** The address of the long connection: WeCom's own, or that of a private deployment. */
  address: string
}

const capabilities: Capabilities = {
  handles: false,
  named: 'account',
  redraw: 'on tap',
  buttons: true,
  namesAdmins: true,
  language: 'zh-Hans',
}

export const wecom: Description<WecomSettings> = {
  name: 'wecom',
  needs: 'WECOM_BOT_ID',
  settings: z
    .object({
      WECOM_BOT_ID: value
        .regex(/^[\w-]+$/, { error: 'must be the Bot ID that the API mode of the bot shows' })
        .optional(),
      WECOM_BOT_SECRET: secret.optional(),
      WECOM_ADDRESS: value
        .regex(/^wss?:\/\/[^\s/?#@]+/, { error: 'must be an address like wss://openws.work.weixin.qq.com' })
        .default('wss://openws.work.weixin.qq.com'),
      OPERATORS: z.string().default(''),
    })
    .transform((set, issues) => {
      const { WECOM_BOT_ID: botId, WECOM_BOT_SECRET: secret, WECOM_ADDRESS: address } = set
      if (!botId) return undefined
      if (!secret) {
        issues.addIssue({
          code: 'custom',
          path: ['WECOM_BOT_SECRET'],
          message: 'is needed with WECOM_BOT_ID: docs/messengers/wecom.md',
        })
        return z.NEVER
      }
      const operators = operatorsIn(set.OPERATORS, 'wecom')
      return { botId, secret, operators, address }
    }),
  capabilities,
  async create(options) {
    const { createWecom } = await import('./run.ts')
    return createWecom(options, capabilities)
  },
}
