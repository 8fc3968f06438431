import { z } from 'zod'
import { root, secret } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface MatrixSettings {
  /** The address of the client-server API: `https://matrix.example.org`. */
  homeserver: string
  /** The bot is the account that it was issued to. */
  accessToken: string
}

const capabilities: Capabilities = {
  handles: false,
  redraw: 'always',
  buttons: false,
  language: 'en',
}

export const matrix: Description<MatrixSettings> = {
  name: 'matrix',
  needs: 'MATRIX_ACCESS_TOKEN',
  settings: z
    .object({
      MATRIX_HOMESERVER: root('https://matrix.example.org').optional(),
      MATRIX_ACCESS_TOKEN: secret.optional(),
    })
    .transform(({ MATRIX_HOMESERVER: homeserver, MATRIX_ACCESS_TOKEN: accessToken }, issues) => {
      if (!accessToken) return undefined
      if (!homeserver) {
        issues.addIssue({
          code: 'custom',
          path: ['MATRIX_HOMESERVER'],
          message: 'is needed with MATRIX_ACCESS_TOKEN: docs/messengers/matrix.md',
        })
        return z.NEVER
      }
      return { homeserver, accessToken }
    }),
  capabilities,
  async create(options) {
    const { createMatrix } = await import('./run.ts')
    return createMatrix(options, capabilities)
  },
}
