import { createApi, documentOf } from '../../src/api/app.ts'
import type { Core } from '../../src/core.ts'
import { createRoot, type Root } from '../../src/http/root.ts'
import { createHealth } from '../../src/operations/health.ts'
import { createPages } from '../../src/pages/app.ts'
import { answerFailure } from '../../src/pages/failure.ts'

/** All that the service answers, without a messenger. */
export function rootOf(core: Core): Root {
  const api = createApi(core)
  return createRoot(core, api, {
    parts: [createHealth(core), createPages(core, () => documentOf(api, core.config.publicUrl))],
    answerFailure: answerFailure(core.log),
  })
}
