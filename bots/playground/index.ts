import { z } from 'zod'
import type { Capabilities, Description } from '../description.ts'

const capabilities: Capabilities = {
  handles: true,
  redraw: 'always',
  buttons: true,
  localLinks: true,
  language: 'en',
}

export const playground: Description<object> = {
  name: 'playground',
  settings: z.object({}),
  capabilities,
  async create(options) {
    const { createPlayground } = await import('./run.ts')
    return createPlayground(options, capabilities)
  },
}
