import { nameInBooks } from '../card.ts'
import { body } from '../client.ts'
import { isBetweenUs } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/** `/unlink` in private: says what stays with whom, with a button that parts this identity from the others. */
export const unlink: Command = {
  name: 'unlink',
  options: [],
  async run({ person: { messenger, id }, chat, language }, { api }) {
    const t = texts(language)
    if (!isBetweenUs(chat)) return { message: { text: t('link.inPrivate') } }
    const { identities } = await body(
      api.people[':messenger'][':id'].links.$get({ param: { messenger, id } }),
    )
    const others = identities.filter((one) => one.messenger !== messenger)
    if (others.length === 0) return { message: { text: t('refusals.not_linked') }, personal: true }
    const names = others.map((one) => nameInBooks(one, t, messenger)).join(', ')
    const buttons = [[{ label: t('link.part'), action: { do: 'unlink' } as const }]]
    return { message: { text: t('link.askPart', { names }), buttons }, personal: true }
  },
}
