import type { Hono } from 'hono'
import type { Core } from '../core.ts'
import { PROBLEMS } from '../refusal.ts'
import { unchanging } from '../shared/unchanging.ts'
import { createSite } from '../site.ts'
import { assetsApi } from './assets.ts'
import { claimsApi } from './claims.ts'
import { deliveriesApi } from './deliveries.ts'
import { groupsApi } from './groups.ts'
import { issuesApi } from './issues.ts'
import { messengersApi } from './messengers.ts'
import { offersApi } from './offers.ts'
import { peopleApi } from './people.ts'
import { requestsApi } from './requests.ts'
import { BASE_PATH, type Env, router } from './router.ts'
import { transfersApi } from './transfers.ts'

/** The whole API. Its type is what a typed client is made from: `hc<Api>`. */
export type Api = ReturnType<typeof createApi>

/**
 * The API, in front of the site: what is no route of its own is asked there. So a request for the API passes nothing that
 * is there for pages.
 */
export function createApi(core: Core, site: Hono<Env> = createSite(core)) {
  const app = router(core)
  app.notFound((c) => site.fetch(c.req.raw, c.env))
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'Made by `passalong token NAME`',
  })
  const document = () =>
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Passalong', version: '1', description: DESCRIPTION },
    })
  site.get('/openapi.json', ...unchanging('application/json', () => JSON.stringify(document())))
  return app
    .route(BASE_PATH, transfersApi(core))
    .route(BASE_PATH, claimsApi(core))
    .route(BASE_PATH, offersApi(core))
    .route(BASE_PATH, requestsApi(core))
    .route(BASE_PATH, peopleApi(core))
    .route(BASE_PATH, groupsApi(core))
    .route(BASE_PATH, issuesApi(core))
    .route(BASE_PATH, assetsApi(core))
    .route(BASE_PATH, deliveriesApi(core))
    .route(BASE_PATH, messengersApi(core))
}

const DESCRIPTION = `Pass money along in any chat. Amounts are decimal strings, times RFC 3339, errors RFC 9457 problem documents with a stable \`code\`.

Any call may be answered with 429 \`too_many_requests\` while too much is under way. That and 503 say in \`Retry-After\`, and in the problem's \`retryAfter\`, in how many seconds to ask again.

<details><summary>All codes, their status and what they say; {{name}} stands for one of the details</summary>

| code | status | says |
| --- | --- | --- |
${Object.entries(PROBLEMS)
  .map(([code, [status, sentence]]) => `| \`${code}\` | ${status} | ${sentence} |`)
  .join('\n')}

</details>`
