import { z } from 'zod'
import { root, secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface SlackSettings {
  /** By which Slack signs what it posts. */
  signingSecret: string
  /** The bot's token in the one workspace that has it, or what it takes for any workspace to install it. */
  app: { token: string } | { clientId: string; clientSecret: string }
  /** The address of the API: Slack's own, or that of a test. */
  apiRoot: string
}

const capabilities: Capabilities = {
  handles: false,
  named: 'menu',
  redraw: 'always',
  buttons: true,
  language: 'en',
}

const API_ROOT = 'https://slack.com/api'

export const slack: Description<SlackSettings> = {
  name: 'slack',
  needs: 'SLACK_SIGNING_SECRET',
  settings: z
    .object({
      SLACK_SIGNING_SECRET: secret.optional(),
      SLACK_BOT_TOKEN: secret
        .regex(/^xoxb-[\w-]+$/, { error: 'must be a Bot User OAuth Token, which begins with xoxb-' })
        .optional(),
      SLACK_CLIENT_ID: value
        .regex(/^\d+\.\d+$/, { error: 'must be the Client ID of an app, like 1234567890.1234567890' })
        .optional(),
      SLACK_CLIENT_SECRET: secret.optional(),
      SLACK_API_ROOT: root(API_ROOT).default(API_ROOT),
    })
    .transform((set, issues) => {
      const { SLACK_SIGNING_SECRET: signingSecret, SLACK_API_ROOT: apiRoot } = set
      const { SLACK_BOT_TOKEN: token, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = set
      if (!signingSecret) return undefined
      const refuse = (path: keyof typeof set, message: string) => {
        issues.addIssue({ code: 'custom', path: [path], message: `${message}: docs/messengers/slack.md` })
        return undefined
      }
      if (token && clientId) return refuse('SLACK_BOT_TOKEN', 'either this or SLACK_CLIENT_ID can be set')
      if (token) return { signingSecret, app: { token }, apiRoot }
      if (!clientId) return refuse('SLACK_BOT_TOKEN', 'this or SLACK_CLIENT_ID is needed')
      if (!clientSecret) return refuse('SLACK_CLIENT_SECRET', 'is needed with SLACK_CLIENT_ID')
      return { signingSecret, app: { clientId, clientSecret }, apiRoot }
    }),
  capabilities,
  async create(options) {
    const { createSlack } = await import('./run.ts')
    return createSlack(options, capabilities)
  },
}
