import { z } from 'zod'
import { root, secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface FeishuSettings {
  appId: string
  appSecret: string
  /** What Feishu encrypts and signs with what it tells. */
  encryptKey: string
  /** The address of the API: Feishu's own, Lark's, or that of a test. */
  apiRoot: string
}

const capabilities: Capabilities = { handles: false, redraw: 'while', buttons: true, language: 'zh-Hans' }

const FEISHU = 'https://open.feishu.cn'

export const feishu: Description<FeishuSettings> = {
  name: 'feishu',
  needs: 'FEISHU_APP_ID',
  settings: z
    .object({
      FEISHU_APP_ID: value
        .regex(/^cli_\w+$/, { error: 'must be the App ID of an app, like cli_a1b2c3d4e5f6' })
        .optional(),
      FEISHU_APP_SECRET: secret.optional(),
      FEISHU_ENCRYPT_KEY: secret.optional(),
      FEISHU_API_ROOT: root(FEISHU).default(FEISHU),
    })
    .transform((set, issues) => {
      const { FEISHU_APP_ID: appId, FEISHU_API_ROOT: apiRoot } = set
      const { FEISHU_APP_SECRET: appSecret, FEISHU_ENCRYPT_KEY: encryptKey } = set
      if (!appId) return undefined
      for (const name of ['FEISHU_APP_SECRET', 'FEISHU_ENCRYPT_KEY'] as const)
        if (!set[name])
          issues.addIssue({
            code: 'custom',
            path: [name],
            message: 'is needed with FEISHU_APP_ID: docs/messengers/feishu.md',
          })
      return appSecret && encryptKey ? { appId, appSecret, encryptKey, apiRoot } : undefined
    }),
  capabilities,
  async create(options) {
    const { createFeishu } = await import('./run.ts')
    return createFeishu(options, capabilities)
  },
}
