import { drawCard } from '../card.ts'
import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { cardOf, requestSend } from './send.ts'

/** `/pay 20 @ben for the room`: an admin pays out of the treasury of the group. The card may be the picture to pass on, as that of `/send`. */
export const pay: Command = {
  name: 'pay',
  options: [
    { name: 'amount', required: true },
    { name: 'who', required: true },
    { name: 'asset' },
    { name: 'note' },
    { name: 'picture', choices: ['yes'] },
  ],
  forAdmins: true,
  isAboutOthers: true,
  async run(invocation, { api, isAdmin }) {
    const { person, chat, language, key } = invocation
    const t = texts(language)
    if (chat.kind === 'private') return { message: { text: t('pay.inPrivate') } }
    if (!(await isAdmin())) return { message: { text: t('pay.onlyAdmins') } }
    const { transfer, picture } = await requestSend(
      invocation,
      api,
      async ({ amount, asset, from: by, to, note, group }, { picture }) => {
        // Whom a payment is for was checked with its words.
        const items = to ? [{ to, amount, note }] : []
        const json = { by, items, asset, title: group?.title, card: cardOf(invocation, picture), key }
        const param = { messenger: person.messenger, id: chat.id }
        const { transfer } = await body(api.groups[':messenger'][':id'].payouts.$post({ param, json }))
        return { transfer, picture }
      },
      'pay',
    )
    if (!transfer) return { message: { text: t('pay.underWay') } }
    return { card: { ...drawCard(transfer, language, person.messenger), picture }, isNew: true }
  },
}
