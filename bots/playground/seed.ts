import { CLOSED } from '../../src/shared/closed.ts'
import { type ApiClient, body, Refused } from '../client.ts'
import { people, type SamplePerson } from './people.ts'

export const ASSET = 'PLAY'

/** What everybody has at least when the playground starts. */
export const SEED = '100.00'

/** What hangs in transfers whose cards went with an earlier run comes back, and nobody begins with less than the seed. */
export async function seed(api: ApiClient, run: string): Promise<void> {
  for (const person of people) await takeBack(api, person)
  for (const person of people) await topUp(api, person, run)
}

export async function balanceOf(api: ApiClient, { messenger, id }: SamplePerson): Promise<string> {
  const { balances } = await body(api.people[':messenger'][':id'].balances.$get({ param: { messenger, id } }))
  return balances.find(({ asset }) => asset === ASSET)?.amount ?? '0.00'
}

/** @param cursor of the page of what is open that comes next */
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
      // The money is out meanwhile, or its time is over and it comes back by itself.
      .catch(unless(...CLOSED))
  if (next) await takeBack(api, person, next)
}

/** Once in a run, however often it is tried. */
async function topUp(api: ApiClient, to: SamplePerson, run: string): Promise<void> {
  const missing = minor(SEED) - minor(await balanceOf(api, to))
  if (missing <= 0n) return
  const issue = { amount: decimal(missing), asset: ASSET, to, key: `seed-${run}-${to.id}` }
  // An earlier try gave it, and its answer was lost.
  await body(api.issues.$post({ json: issue })).catch(unless('key_reused'))
}

const unless =
  (...codes: string[]) =>
  (error: unknown) => {
    if (!(error instanceof Refused && codes.includes(error.code))) throw error
  }

const minor = (amount: string) => BigInt(amount.replace('.', ''))
const decimal = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
