import type { Core } from '../core.ts'
import { grantOf, MAX_BATCH_BYTES, MAX_BYTES } from '../http/admission.ts'
import { ADVICE } from '../http/advice.ts'
import { MAX_BATCH } from '../http/batch.ts'
import { MAX_CONCURRENT, MAX_CONCURRENT_PER_TOKEN } from '../http/concurrency.ts'
import { answerProblem } from '../http/problem.ts'
import { BASE_PATH, router } from '../http/router.ts'
import { EXAMPLE, MAX_KEY } from '../http/shapes.ts'
import { PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'
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

/**
 * The OpenAPI document of an API.
 * @param publicUrl where the service is reached from outside, if that is known
 */
export const documentOf = (api: Pick<Api, 'getOpenAPI31Document'>, publicUrl?: string): object =>
  api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Passalong', version: '1', description: DESCRIPTION },
    servers: [
      { url: '/', description: 'The deployment that serves this document' },
      ...(publicUrl ? [{ url: publicUrl, description: 'The same, from everywhere' }] : []),
    ],
  })

const FIRST_CALL = { from: EXAMPLE.somebody, amount: '20', note: 'lunch', key: 'order-4711' }

const DESCRIPTION = `Pass money along in any chat. Amounts are decimal strings, times RFC 3339, errors RFC 9457 problem documents with a stable \`code\`.

### A first call

With a token of \`--may all\`, where the playground runs; the \`link\` of the answer leads there, to collect it:

\`\`\`
curl http://127.0.0.1:3000${BASE_PATH}/transfers \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(FIRST_CALL)}'
\`\`\`

All examples here are of Ada and Ben, who live in the playground and have nothing but its play money: to try one out moves nobody else's, and renames nobody. Elsewhere people are \`{"messenger": "telegram", "id": "123456789"}\`, and apps \`{"messenger": "app", "id": "shop"}\`.

### Who asks

Every call carries \`Authorization: Bearer …\`, but for those that are for anyone. The operator makes the token by \`passalong token NAME\`; it is shown once. \`--may\` says what it may do, \`--for\` for whom, and each call says which of that it takes. By default a token is for an app of its own, \`app:NAME\`, and for nobody else; \`--may all\` is as powerful as the operator, and speaks for people as bots do. Keep tokens out of browsers, addresses and logs. \`passalong tokens --revoke NAME\` ends one within two seconds.

### Retries, and how long keys live

What moves money takes a \`key\`, which you choose for each request: up to ${MAX_KEY} printable characters of ASCII. The same key with the same content gets the first answer, also where that was a refusal, and moves nothing again; with other content it is refused with \`key_reused\`: a request that was mended takes another key. Keys are each token's own. A key is kept for 90 days, or as many as the operator has set (\`IDEMPOTENCY_DAYS\`); after that it is a new one. \`GET ${BASE_PATH}/requests/{key}\` tells whether one was answered. So where an answer was lost, or is \`outcome_unknown\`, \`unavailable\` or \`internal_error\`: send the same again.

### How much, how long

Each field says its own limits. A body has ${MAX_BYTES / 1024} KiB at most, one of a batch or a payout ${MAX_BATCH_BYTES / 1024} KiB; a batch has ${MAX_BATCH} items. Any call may be answered with 429 \`too_many_requests\` while its token has ${MAX_CONCURRENT_PER_TOKEN} requests under way, and with 503 \`overloaded\` while the process has ${MAX_CONCURRENT.toLocaleString('en')}. Every 429 and 503 says in \`Retry-After\`, and in the problem's \`retryAfter\`, in how many seconds to ask again.

### What is refused

A problem document has a \`code\`, which stays as it is, \`status\`, \`detail\`, a sentence to show, and \`details\`, what that is made of. A refused request has moved nothing. Each call lists the codes that it can answer; here are all.

<details><summary>All codes: their status, what they say, when they come and what to do then; {{name}} stands for one of the details</summary>

| code | status | says | when | then |
| --- | --- | --- | --- | --- |
${(Object.keys(PROBLEMS) as ProblemCode[])
  .map((code) => {
    const [status, sentence] = PROBLEMS[code]
    const { when, remedy } = ADVICE[code]
    return `| \`${code}\` | ${status} | ${sentence} | ${when} | ${remedy} |`
  })
  .join('\n')}

</details>`
