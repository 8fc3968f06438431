import { CLOSED } from '../../src/shared/closed.ts'
import { type ApiClient, body, Refused } from '../client.ts'
import { people, type SamplePerson } from './people.ts'

export const ASSET = 'PLAY'

/** The balance that everybody has at least when the playground starts. */
export const SEED = '100.00'

/**
 * Takes back the open transfers of an earlier run, whose cards are gone, and gives everybody the seed.
 * @param run of the chats: each run gives once
 */
export async function seed(api: ApiClient, run: string): Promise<void> {
  for (const person of people) await takeBack(api, person)
  for (const person of people) await topUp(api, person, run)
}

/** Somebody's play credits: `100.00`. */
export async function balanceOf(api: ApiClient, { messenger, id }: SamplePerson): Promise<string> {
  const { balances } = await body(api.people[':messenger'][':id'].balances.$get({ param: { messenger, id } }))
  return balances.find(({ asset }) => asset === ASSET)?.amount ?? '0.00'
}

/** @param cursor of the next page of open transfers */
async function takeBack(api: ApiClient, person: SamplePerson, cursor?: string): Promise<void> {
  const { messenger, id } = person
  const { items, next } = await body(
    api.people[':messenger'][':id'].history.$get({
      param: { messenger, id },
      query: { state: 'open', limit: '100', ...(cursor && { cursor }) },
    }),
  )
  for (const { transfer } of items)
    await body(api.transfers[':id'].cancel.$post({ param: { id: transfer.id }, json: { by: person } }))
      // It was collected meanwhile, or has expired and comes back by itself.
      .catch(unless(...CLOSED))
  if (next) await takeBack(api, person, next)
}

/** Gives the seed once in a run, however often it is tried. */
async function topUp(api: ApiClient, to: SamplePerson, run: string): Promise<void> {
  const missing = minor(SEED) - minor(await balanceOf(api, to))
  if (missing <= 0n) return
  const issue = { amount: decimal(missing), asset: ASSET, to, key: `seed-${run}-${to.id}` }
  // An earlier try has succeeded, and only its answer was lost; or the operators are winding the service down.
  await body(api.issues.$post({ json: issue })).catch(unless('key_reused', 'winding_down'))
}

const unless =
  (...codes: string[]) =>
  (error: unknown) => {
    if (!(error instanceof Refused && codes.includes(error.code))) throw error
  }

const minor = (amount: string) => BigInt(amount.replace('.', ''))
const decimal = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
