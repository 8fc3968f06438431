import { afterAll, vi } from 'vitest'

// The modules of packages stay for the next file; ours go, with all that they hold.
afterAll(() => {
  vi.resetModules()
})
