import { body } from '../client.ts'
import { linkButton } from '../links.ts'
import { texts } from '../texts/index.ts'
import { timeIn } from '../texts/moment.ts'
import type { Command } from './command.ts'

/** `/proof` in private: that what somebody has is counted in what is owed to all, and a link to the receipt that proves it. */
export const proof: Command = {
  name: 'proof',
  options: [],
  async run({ person, chat, language }, { api }) {
    const t = texts(language)
    if (chat.kind === 'group') return { message: { text: t('proof.inPrivate') } }
    const { messenger, id } = person
    const { items } = await body(api.people[':messenger'][':id'].receipts.$get({ param: { messenger, id } }))
    const lines = items.map(({ asset, at, balance, open, total, root }) =>
      t('proof.counted', {
        amount: `${balance} ${asset}`,
        open: `${open} ${asset}`,
        total: `${total} ${asset}`,
        time: timeIn(at, language),
        root: shortRoot(root),
      }),
    )
    const { button } = await linkButton(api, person, 'proof', t('proof.open'))
    const text = [...lines, t(lines.length > 0 ? 'proof.compare' : 'proof.none')].join('\n\n')
    return { message: { text, buttons: [[button]] }, personal: true }
  },
}

/** As much of a root as two people compare. */
const shortRoot = (root: string) => `${root.slice(0, 8)}…${root.slice(-8)}`
