import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { afterAll, vi } from 'vitest'

// The modules of packages stay for the next file; ours go, with all that they hold. A registry of a package holds every schema of ours.
afterAll(() => {
  vi.resetModules()
  zodToOpenAPIRegistry.clear()
})
