import { createApi, documentOf } from '../../src/api/app.ts'
import type { Core } from '../../src/core.ts'
import { createPages } from '../../src/pages/app.ts'
import { createHealth } from '../../src/pages/health.ts'
import { createRoot, type Root } from '../../src/site.ts'

/** All that the service answers, without a messenger. */
export function rootOf(core: Core): Root {
  const api = createApi(core)
  return createRoot(core, api, [createHealth(core), createPages(core, () => documentOf(api))])
}
