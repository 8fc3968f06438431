import { drawCard } from '../card.ts'
import { texts } from '../texts/index.ts'
import { balanceInWords } from './balance.ts'
import { codeTyped, transferOf } from './collect.ts'
import type { Command } from './command.ts'

/** Greets. With a code it shows the card of that transfer: opening a link never moves money, only the card's button does. */
export const start: Command = {
  name: 'start',
  options: [{ name: 'code' }],
  async run(invocation, { api, capabilities }) {
    const { person, language } = invocation
    const t = texts(language)
    const code = codeTyped(invocation)
    if (code) return { card: drawCard(await transferOf(code, person, api), language, person.messenger) }
    const name = person.name ?? person.handle ?? person.id
    const balance = await balanceInWords(api, person, t)
    const text = t('start.hello', { name, balance, context: capabilities.named })
    return { message: { text }, personal: true }
  },
}
