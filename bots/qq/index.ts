import { z } from 'zod'
import { root, secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface QqSettings {
  appId: string
  appSecret: string
  /** The address of the API: QQ's own, that of its sandbox, or that of a test. */
  apiRoot: string
}

const capabilities: Capabilities = {
  handles: false,
  named: 'nobody',
  redraw: 'never',
  // Those of QQ need a permission that few bots are given.
  buttons: false,
  language: 'zh-Hans',
}

const QQ = 'https://api.sgroup.qq.com'

export const qq: Description<QqSettings> = {
  name: 'qq',
  needs: 'QQ_APP_ID',
  settings: z
    .object({
      QQ_APP_ID: value
        .regex(/^\d+$/, { error: 'must be the AppID of a bot, a number like 102146862' })
        .optional(),
      QQ_APP_SECRET: secret.optional(),
      QQ_API_ROOT: root(QQ).default(QQ),
    })
    .transform(({ QQ_APP_ID: appId, QQ_APP_SECRET: appSecret, QQ_API_ROOT: apiRoot }, issues) => {
      if (!appId) return undefined
      if (appSecret) return { appId, appSecret, apiRoot }
      issues.addIssue({
        code: 'custom',
        path: ['QQ_APP_SECRET'],
        message: 'is needed with QQ_APP_ID: docs/messengers/qq.md',
      })
      return z.NEVER
    }),
  capabilities,
  async create(options) {
    const { createQq } = await import('./run.ts')
    return createQq(options, capabilities)
  },
}
