import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/** `/forget` in private: says what can be erased of a person, and what not, with a button that does it. */
export const forget: Command = {
  name: 'forget',
  options: [],
  async run({ chat, language }) {
    const t = texts(language)
    if (chat.kind === 'group') return { message: { text: t('forget.inPrivate') } }
    const buttons = [[{ label: t('forget.confirm'), action: { do: 'forget' } as const }]]
    return { message: { text: t('forget.ask'), buttons }, personal: true }
  },
}
