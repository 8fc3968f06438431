import { z } from 'zod'
import type { Description } from '../description.ts'

export const playground: Description<object> = {
  name: 'playground',
  settings: z.object({}),
  capabilities: { handles: true, redraw: 'always', buttons: true, language: 'en' },
  async create(given) {
    const { createPlayground } = await import('./run.ts')
    return createPlayground(given)
  },
}
