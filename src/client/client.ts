import { methodsOf } from './methods.ts'
import { createRequest, type Settings } from './request.ts'

export type Passalong = ReturnType<typeof createClient>

/**
 * Opens the API of a Passalong: `createClient({ url: 'https://pass.example.org', token })`.
 *
 * What moves money is carried out once, however often it has to be tried: each call has a key, of its own where `key` is left out.
 * Amounts are decimal strings, times RFC 3339. Calls reject with a `PassalongError`.
 * @throws TypeError where the URL or the token is not of the right form
 */
export function createClient(settings: Settings) {
  const request = createRequest(settings)
  const { get, list, post, act, keyed, batch } = methodsOf(request)
  return {
    transfers: {
      /** Makes a transfer: the money leaves the sender and waits in it. The answer has its code and link, which are the money. */
      create: keyed('POST /v1/transfers'),
      /** Makes up to 500, each for itself: in the place of each is its transfer, or its problem. */
      createMany: batch('POST /v1/transfers:batch'),
      /** A transfer as it stands, with its code: for its ends alone. */
      get: get('GET /v1/transfers/{id}'),
      /** The transfer that a code opens; moves nothing. */
      find: post('POST /v1/transfers/find'),
      /** Its sender takes it back. */
      cancel: keyed('POST /v1/transfers/{id}/cancel'),
      /** The one whom it is for sends it back. */
      decline: keyed('POST /v1/transfers/{id}/decline'),
      /** Its sender gives it more time, once. */
      extend: keyed('POST /v1/transfers/{id}/extend'),
      /** Its sender gives it another code: the one before opens nothing any more. */
      reissue: keyed('POST /v1/transfers/{id}/reissue'),
      /** The words that were made to open it, for its sender. */
      words: post('POST /v1/transfers/{id}/words'),
      /** Its sender reminds the one whom it is for. */
      remind: post('POST /v1/transfers/{id}/remind'),
      /** Who has collected it gives that back, by another transfer. */
      refund: keyed('POST /v1/transfers/{id}/refund'),
    },
    /** Those who want to collect a transfer whose sender confirms that. */
    askers: {
      /** In the turns in which they have asked. */
      list: list('GET /v1/transfers/{id}/askers'),
      /** This is the one: the money becomes theirs at once. */
      yes: post('POST /v1/transfers/{id}/askers/{turn}/yes'),
      /** This is not the one: it stays open for others. */
      no: post('POST /v1/transfers/{id}/askers/{turn}/no'),
    },
    claims: {
      /** Collects a transfer, by its code, its words, or its id. */
      create: keyed('POST /v1/claims'),
      /** Collects up to 500, each for itself: in the place of each is what was collected, or its problem. */
      createMany: batch('POST /v1/claims:batch'),
    },
    asks: {
      /** Asks somebody, several, or whoever pays first, for money. */
      create: keyed('POST /v1/asks'),
      /** What was asked for, and who has paid. */
      get: get('GET /v1/asks/{id}'),
      /** Codes by which it can be paid in other systems, which tell nobody here. */
      codes: get('GET /v1/asks/{id}/codes'),
      /** Pays what it asks of oneself, or gives for a pool. */
      pay: keyed('POST /v1/asks/{id}/payments'),
      /** Who asked ends it: what was paid stays paid. */
      end: post('POST /v1/asks/{id}/end'),
      /** Who asked has those reminded who have not paid. */
      remind: post('POST /v1/asks/{id}/reminders'),
    },
    /** Of people and apps: `{ messenger, id }`. */
    people: {
      /** What they have, in each asset. */
      balances: get('GET /v1/people/{messenger}/{id}/balances'),
      /** What they sent and received, the newest first. */
      history: list('GET /v1/people/{messenger}/{id}/history'),
      /** Proofs that what they have is counted in what is owed to all. */
      receipts: list('GET /v1/people/{messenger}/{id}/receipts'),
    },
    /** Of groups: `{ messenger, id }`. */
    groups: {
      /** Its transfers, the newest first; a page has totals of all that match. */
      history: list('GET /v1/groups/{messenger}/{id}/history'),
      /** Its rules; for a chat that was joined to another group, that one's. */
      rules: get('GET /v1/groups/{messenger}/{id}/rules'),
      /** What its treasury has. */
      treasury: get('GET /v1/groups/{messenger}/{id}/treasury'),
      /** Puts somebody's money into its treasury. */
      contribute: keyed('POST /v1/groups/{messenger}/{id}/contributions'),
    },
    /** What a group's treasury pays to one person, or to many. */
    payouts: {
      /** Pays out of the treasury of a group, `{ messenger, id }`: all of them, or nobody. */
      create: keyed('POST /v1/groups/{messenger}/{id}/payouts'),
      /** A payout as it stands. */
      get: get('GET /v1/payouts/{id}'),
      /** Who gets what, and what has become of it. */
      items: list('GET /v1/payouts/{id}/items'),
      /** Takes back what nobody has collected of it. */
      cancel: post('POST /v1/payouts/{id}/cancel'),
      /** Collects what it has for oneself. */
      claim: keyed('POST /v1/payouts/{id}/claims'),
    },
    issues: {
      /** Puts money into circulation, or takes it out. */
      create: keyed('POST /v1/issues'),
    },
    /** URLs that are told what happens; what they get is for `verifyWebhook`. */
    webhooks: {
      /** Has a URL told what happens to all that the token may read. The answer alone has its secret. */
      create: post('POST /v1/webhooks'),
      /** All of the token. */
      list: list('GET /v1/webhooks'),
      /** Whether its messages arrive, too. */
      get: get('GET /v1/webhooks/{id}'),
      /** Ends it, with all that waits for it. */
      delete: act('DELETE /v1/webhooks/{id}'),
      /** Makes another secret; for a day the one before signs, too. */
      renewSecret: act('POST /v1/webhooks/{id}/secret'),
      /** Turns it on again, or has it tried at once. */
      turnOn: act('POST /v1/webhooks/{id}/on'),
      /** What it was told in the last 30 days, with each attempt, the newest first. */
      deliveries: list('GET /v1/webhooks/{id}/deliveries'),
      /** Sends something once more: `{ id, delivery }`. */
      redeliver: act('POST /v1/webhooks/{id}/deliveries/{delivery}/redeliver'),
    },
    assets: {
      /** Those that people of a messenger deal in. */
      list: list('GET /v1/assets'),
    },
    roots: {
      /** What is owed in all, the newest first. */
      list: list('GET /v1/roots'),
    },
    requests: {
      /** Whether a request with this key was answered. */
      get: get('GET /v1/requests/{key}'),
    },
    /** Calls any operation of the API, also those that have no name here: `request('GET /v1/asks/{id}', { path: { id } })`. */
    request,
  }
}
