import { z } from 'zod'
import { root, secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface WechatSettings {
  appId: string
  appSecret: string
  /** Signs what WeChat tells. */
  token: string
  /** Encrypts what WeChat tells: 43 characters of base64. */
  encodingAesKey: string
  /** The address of the API: WeChat's own, or that of a test. */
  apiRoot: string
}

const capabilities: Capabilities = {
  handles: false,
  named: 'nobody',
  redraw: 'never',
  buttons: false,
  language: 'zh-Hans',
}

const WECHAT = 'https://api.weixin.qq.com'
const NEEDED = ['WECHAT_APP_SECRET', 'WECHAT_TOKEN', 'WECHAT_ENCODING_AES_KEY'] as const

export const wechat: Description<WechatSettings> = {
  name: 'wechat',
  needs: 'WECHAT_APP_ID',
  settings: z
    .object({
      WECHAT_APP_ID: value
        .regex(/^wx[\da-f]{16}$/, { error: 'must be the AppID of the account, like wx0123456789abcdef' })
        .optional(),
      WECHAT_APP_SECRET: secret
        .regex(/^[\da-f]{32}$/, { error: 'must be the AppSecret, 32 digits and letters from a to f' })
        .optional(),
      WECHAT_TOKEN: secret
        .regex(/^[\dA-Za-z]{3,32}$/, { error: 'must be the Token, 3 to 32 letters and digits' })
        .optional(),
      WECHAT_ENCODING_AES_KEY: secret
        .regex(/^[\dA-Za-z]{43}$/, { error: 'must be the EncodingAESKey, 43 letters and digits' })
        .optional(),
      WECHAT_API_ROOT: root(WECHAT).default(WECHAT),
    })
    .transform((set, issues) => {
      const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: appSecret, WECHAT_API_ROOT: apiRoot } = set
      const { WECHAT_TOKEN: token, WECHAT_ENCODING_AES_KEY: encodingAesKey } = set
      if (!appId) return undefined
      if (appSecret && token && encodingAesKey) return { appId, appSecret, token, encodingAesKey, apiRoot }
      for (const name of NEEDED)
        if (!set[name])
          issues.addIssue({
            code: 'custom',
            path: [name],
            message: 'is needed with WECHAT_APP_ID: docs/messengers/wechat.md',
          })
      return z.NEVER
    }),
  capabilities,
  async create(options) {
    const { createWechat } = await import('./run.ts')
    return createWechat(options, capabilities)
  },
}
