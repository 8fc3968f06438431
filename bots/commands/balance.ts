import { amountOf, treasuryOf } from '../card.ts'
import { type ApiClient, body, Refused } from '../client.ts'
import type { Chat, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const balance: Command = {
  name: 'balance',
  options: [],
  async run({ person, chat, language }, { api, isAdmin }) {
    const t = texts(language)
    const own = await balanceInWords(api, person, t)
    const isTold = chat.kind === 'group' && (await isAdmin().catch(notWhereUnknown))
    const treasury = isTold ? await treasuryInWords(api, person.messenger, chat, t) : []
    return { message: { text: [own, ...treasury].join('\n') }, personal: true }
  },
}

/** One's own balance is told also where the messenger doesn't say who is an admin. */
function notWhereUnknown(error: unknown): false {
  if (error instanceof Refused) return false
  throw error
}

/** `Treasury of Lunch club: 20.00 CREDIT`, for admins; nothing where the group has never had one. */
async function treasuryInWords(
  api: ApiClient,
  messenger: string,
  { id, title }: Chat,
  t: Texts,
): Promise<string[]> {
  const param = { messenger, id }
  const { balances } = await body(api.groups[':messenger'][':id'].treasury.$get({ param }))
  if (balances.length === 0) return []
  const amounts = balances.map(amountOf).join(', ')
  return [t('balance.treasury', { treasury: treasuryOf({ title: title ?? null }, t), amounts })]
}

/** `You have 20.00 CREDIT`; with several assets a line for each. */
export async function balanceInWords(api: ApiClient, { messenger, id }: Person, t: Texts): Promise<string> {
  const { balances } = await body(api.people[':messenger'][':id'].balances.$get({ param: { messenger, id } }))
  const [first, ...more] = balances.map(({ amount, asset }) =>
    t('balance.line', { amount: `${amount} ${asset}` }),
  )
  return more.length === 0
    ? `${t('balance.title')} ${first ?? '0'}`
    : [t('balance.title'), first, ...more].join('\n')
}
