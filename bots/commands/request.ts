import { drawAsk } from '../ask-card.ts'
import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { cardOf, requestSend } from './send.ts'

/** `/request 20 from @ben lunch`: asks one person, or whoever pays first. */
export const request: Command = {
  name: 'request',
  options: [{ name: 'amount', required: true }, { name: 'asset' }, { name: 'who' }, { name: 'note' }],
  isAboutOthers: true,
  async run(invocation, { api }) {
    const { chat, language, person, key } = invocation
    const asked = await requestSend(
      invocation,
      api,
      async ({ amount, asset, from: by, to, note, group }) => {
        if (!to && chat.kind === 'private') return undefined
        const parts = to ? [{ from: to }] : []
        return body(
          api.asks.$post({ json: { by, amount, parts, asset, note, group, card: cardOf(invocation), key } }),
        )
      },
      'request',
    )
    if (!asked) return { message: { text: texts(language)('request.inPrivate') } }
    return { card: drawAsk(asked, language, person.messenger), isNew: true }
  },
}
