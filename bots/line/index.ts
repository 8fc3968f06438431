import { z } from 'zod'
import { root, secret } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'
import { operatorsIn } from '../operators.ts'

export interface LineSettings {
  accessToken: string
  /** What LINE signs with what it tells. */
  channelSecret: string
  /** Ids of those who are admins of every group that they are in, as LINE tells none: the service's operators. */
  operators: ReadonlySet<string>
  /** The address of the API: LINE's own, or that of a test. */
  apiRoot: string
}

const capabilities: Capabilities = {
  handles: false,
  redraw: 'never',
  buttons: true,
  namesAdmins: true,
  language: 'en',
}

const LINE = 'https://api.line.me'

export const line: Description<LineSettings> = {
  name: 'line',
  needs: 'LINE_CHANNEL_ACCESS_TOKEN',
  settings: z
    .object({
      LINE_CHANNEL_ACCESS_TOKEN: secret.optional(),
      LINE_CHANNEL_SECRET: secret
        .regex(/^[\da-f]{32}$/, { error: 'must be the Channel secret, 32 digits and letters from a to f' })
        .optional(),
      LINE_API_ROOT: root(LINE).default(LINE),
      OPERATORS: z.string().default(''),
    })
    .transform((set, issues) => {
      const { LINE_CHANNEL_ACCESS_TOKEN: accessToken, LINE_CHANNEL_SECRET: channelSecret } = set
      if (!accessToken) return undefined
      if (!channelSecret) {
        issues.addIssue({
          code: 'custom',
          path: ['LINE_CHANNEL_SECRET'],
          message: 'is needed with LINE_CHANNEL_ACCESS_TOKEN: docs/messengers/line.md',
        })
        return z.NEVER
      }
      const operators = operatorsIn(set.OPERATORS, 'line')
      return { accessToken, channelSecret, operators, apiRoot: set.LINE_API_ROOT }
    }),
  capabilities,
  async create(options) {
    const { createLine } = await import('./run.ts')
    return createLine(options, capabilities)
  },
}
