import { z } from 'zod'
import { root, secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface DingtalkSettings {
  clientId: string
  clientSecret: string
  /** The id of the card template, which the company's own developer has made: docs/messengers/dingtalk.md */
  cardTemplate: string
  /** The address of an API in place of DingTalk's own. */
  apiRoot: string | undefined
}

const capabilities: Capabilities = {
  handles: false,
  redraw: 'always',
  buttons: true,
  namesAdmins: true,
  language: 'zh-Hans',
}

export const dingtalk: Description<DingtalkSettings> = {
  name: 'dingtalk',
  needs: 'DINGTALK_CLIENT_ID',
  settings: z
    .object({
      DINGTALK_CLIENT_ID: value
        .regex(/^[\w-]+$/, { error: 'must be the Client ID of the app, like dingabc123def456' })
        .optional(),
      DINGTALK_CLIENT_SECRET: secret.optional(),
      DINGTALK_CARD_TEMPLATE: value
        .regex(/^[\w-]+\.schema$/, {
          error: 'must be the id of a card template, like 0c9d3f5a-1b2c-4d5e-8f90-123456789abc.schema',
        })
        .optional(),
      DINGTALK_API_ROOT: root('https://api.dingtalk.com').optional(),
    })
    .transform((set, issues) => {
      const { DINGTALK_CLIENT_ID: clientId, DINGTALK_API_ROOT: apiRoot } = set
      const { DINGTALK_CLIENT_SECRET: clientSecret, DINGTALK_CARD_TEMPLATE: cardTemplate } = set
      if (!clientId) return undefined
      for (const name of ['DINGTALK_CLIENT_SECRET', 'DINGTALK_CARD_TEMPLATE'] as const)
        if (!set[name])
          issues.addIssue({
            code: 'custom',
            path: [name],
            message: 'is needed with DINGTALK_CLIENT_ID: docs/messengers/dingtalk.md',
          })
      return clientSecret && cardTemplate ? { clientId, clientSecret, cardTemplate, apiRoot } : undefined
    }),
  capabilities,
  async create(options) {
    const { createDingtalk } = await import('./run.ts')
    return createDingtalk(options, capabilities)
  },
}
