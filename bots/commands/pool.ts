import { drawAsk } from '../ask-card.ts'
import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { cardOf, requestSend } from './send.ts'

/** `/pool 200 a new grill`: anybody gives for it; it comes about with all of the goal, or not at all. */
export const pool: Command = {
  name: 'pool',
  options: [{ name: 'amount', required: true }, { name: 'asset' }, { name: 'note' }],
  isAboutOthers: true,
  async run(invocation, { api }) {
    const { chat, language, person, key } = invocation
    if (chat.kind === 'private') return { message: { text: texts(language)('pool.inPrivate') } }
    const asked = await requestSend(
      invocation,
      api,
      ({ amount, asset, from: by, note, group }) =>
        body(
          api.asks.$post({
            json: { by, kind: 'pool', amount, asset, note, group, card: cardOf(invocation), key },
          }),
        ),
      'pool',
    )
    return { card: drawAsk(asked, language, person.messenger), isNew: true }
  },
}
