import { validate } from 'uuid'
import { drawAsk } from '../ask-card.ts'
import { drawCard } from '../card.ts'
import { type ApiClient, type AskView, body, Refused } from '../client.ts'
import type { Person } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { balanceInWords } from './balance.ts'
import { codeTyped, dealtIn, transferOf } from './collect.ts'
import type { Command } from './command.ts'

/**
 * Greets. With a code it shows the card of that transfer, and with the id of an ask, which its page leads here with, that of the ask:
 * opening a link never moves money, only the card's button does.
 */
export const start: Command = {
  name: 'start',
  options: [{ name: 'code' }],
  async run(invocation, { api, capabilities }) {
    const { person, language } = invocation
    const t = texts(language)
    const code = codeTyped(invocation)
    if (code && validate(code))
      return { card: drawAsk(await askOf(code, person, api), language, person.messenger) }
    if (code) return { card: drawCard(await transferOf(code, person, api), language, person.messenger) }
    const name = person.name ?? person.handle ?? person.id
    const balance = await balanceInWords(api, person, t)
    const text = t('start.hello', { name, balance, context: capabilities.named })
    return { message: { text }, personal: true }
  },
}

/** An ask that has a page. @throws Refused also where its asset isn't used in the person's messenger */
async function askOf(id: string, person: Person, api: ApiClient): Promise<AskView> {
  const ask = await dealtIn(body(api.asks[':id'].$get({ param: { id } })), person, api)
  if (ask.page === null)
    throw new Refused({ code: 'ask_not_found', detail: 'It is not for whoever has its id.' })
  return ask
}
