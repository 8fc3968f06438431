import { drawCard } from '../card.ts'
import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { cardOf, requestSend } from './send.ts'

/** `/pay 20 @ben for the room`: an admin pays out of the treasury of the group. */
export const pay: Command = {
  name: 'pay',
  aliases: { 'zh-Hans': ['支付', '付款'] },
  options: [
    { name: 'amount', required: true },
    { name: 'who', required: true },
    { name: 'asset' },
    { name: 'note' },
  ],
  forAdmins: true,
  async run(invocation, { api, isAdmin }) {
    const { person, chat, language, key } = invocation
    const t = texts(language)
    if (chat.kind === 'private') return { message: { text: t('pay.inPrivate') } }
    if (!(await isAdmin())) return { message: { text: t('pay.onlyAdmins') } }
    const { transfer } = await requestSend(
      invocation,
      api,
      ({ amount, asset, from: by, to, note, group }) => {
        // Whom a payment is for was checked with its words.
        const items = to ? [{ to, amount, note }] : []
        const json = { by, items, asset, title: group?.title, card: cardOf(invocation), key }
        const param = { messenger: person.messenger, id: chat.id }
        return body(api.groups[':messenger'][':id'].payouts.$post({ param, json }))
      },
      'pay',
    )
    if (!transfer) return { message: { text: t('pay.underWay') } }
    return { card: drawCard(transfer, language, person.messenger), isNew: true }
  },
}
