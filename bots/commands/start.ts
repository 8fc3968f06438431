import { drawCard } from '../card.ts'
import { texts } from '../texts/index.ts'
import { balanceInWords } from './balance.ts'
import { codeTyped, transferOf } from './collect.ts'
import type { Command } from './command.ts'

/** Greets; with a code it shows what that opens, and a button to collect it: the link alone moves nothing. */
export const start: Command = {
  name: 'start',
  options: [{ name: 'code' }],
  async run(asked, { api }) {
    const { person, language } = asked
    const t = texts(language)
    const code = codeTyped(asked)
    if (code) return { card: drawCard(await transferOf(code, person, api), language, person.messenger) }
    const name = person.name ?? person.handle ?? person.id
    const balance = await balanceInWords(api, person, t)
    return { message: { text: t('start.hello', { name, balance }) }, personal: true }
  },
}
