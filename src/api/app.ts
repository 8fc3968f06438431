import type { Core } from '../core.ts'
import { grantOf } from '../http/admission.ts'
import { answerProblem } from '../http/problem.ts'
import { BASE_PATH, router } from '../http/router.ts'
import { PROBLEMS, Refusal } from '../shared/refusal.ts'
import { askersApi } from './askers.ts'
import { asksApi } from './asks.ts'
import { assetsApi } from './assets.ts'
import { choicesApi } from './choices.ts'
import { claimsApi } from './claims.ts'
import { deliveriesApi } from './deliveries.ts'
import { feedbackApi } from './feedback.ts'
import { groupsApi } from './groups.ts'
import { identityLinksApi } from './identity-links.ts'
import { issuesApi } from './issues.ts'
import { joinsApi } from './joins.ts'
import { linksApi } from './links.ts'
import { messengersApi } from './messengers.ts'
import { namedAdminsApi } from './named-admins.ts'
import { offersApi } from './offers.ts'
import { payoutsApi } from './payouts.ts'
import { peopleApi } from './people.ts'
import { requestsApi } from './requests.ts'
import { rootsApi } from './roots.ts'
import { rulesApi } from './rules.ts'
import { transfersApi } from './transfers.ts'
import { webhooksApi } from './webhooks.ts'

/** The type of the API, from which Hono's typed client is made: `hc<Api>`. */
export type Api = ReturnType<typeof createApi>

/** The API under `/v1`, for `createRoot`. */
export function createApi(core: Core) {
  const app = router(core)
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      'Made by `passalong token NAME`. What it may do follows from `--may`, and for whom from `--for`: each route says what it takes, and `x-scope` says it to programs',
  })
  const refuse = answerProblem(core.log)
  // Only for paths without a route, as routes answer their own errors. The header has always been there.
  app.onError((error, c) => {
    const answer = refuse(error, c)
    answer.headers.append('Vary', 'Accept')
    return answer
  })
  // Without a token, nobody learns which routes there are.
  app.notFound(async (c) => {
    await grantOf(core, c)
    throw new Refusal('route_not_found')
  })
  return app
    .route(BASE_PATH, transfersApi(core))
    .route(BASE_PATH, askersApi(core))
    .route(BASE_PATH, claimsApi(core))
    .route(BASE_PATH, offersApi(core))
    .route(BASE_PATH, requestsApi(core))
    .route(BASE_PATH, peopleApi(core))
    .route(BASE_PATH, groupsApi(core))
    .route(BASE_PATH, rulesApi(core))
    .route(BASE_PATH, payoutsApi(core))
    .route(BASE_PATH, asksApi(core))
    .route(BASE_PATH, issuesApi(core))
    .route(BASE_PATH, joinsApi(core))
    .route(BASE_PATH, namedAdminsApi(core))
    .route(BASE_PATH, linksApi(core))
    .route(BASE_PATH, identityLinksApi(core))
    .route(BASE_PATH, feedbackApi(core))
    .route(BASE_PATH, assetsApi(core))
    .route(BASE_PATH, deliveriesApi(core))
    .route(BASE_PATH, choicesApi(core))
    .route(BASE_PATH, messengersApi(core))
    .route(BASE_PATH, rootsApi(core))
    .route(BASE_PATH, webhooksApi(core))
}

/** The OpenAPI document of an API. */
export const documentOf = (api: Pick<Api, 'getOpenAPI31Document'>): object =>
  api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Passalong', version: '1', description: DESCRIPTION },
  })

const DESCRIPTION = `Pass money along in any chat. Amounts are decimal strings, times RFC 3339, errors RFC 9457 problem documents with a stable \`code\`.

Any call may be answered with 429 \`too_many_requests\` while its token has 500 requests under way, and with 503 \`overloaded\` while the process has 1,000. Every 429 and 503 says in \`Retry-After\`, and in the problem's \`retryAfter\`, in how many seconds to ask again.

<details><summary>All codes, their status and what they say; {{name}} stands for one of the details</summary>

| code | status | says |
| --- | --- | --- |
${Object.entries(PROBLEMS)
  .map(([code, [status, sentence]]) => `| \`${code}\` | ${status} | ${sentence} |`)
  .join('\n')}

</details>`
