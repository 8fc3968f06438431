import { type ApiClient, body } from '../client.ts'
import type { Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const balance: Command = {
  name: 'balance',
  aliases: { en: ['bal'] },
  options: [],
  run: async (invocation, { api }) => ({
    message: { text: await balanceInWords(api, invocation.person, texts(invocation.language)) },
    personal: true,
  }),
}

/** `You have 20.00 CREDIT`; with several assets a line for each. */
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
