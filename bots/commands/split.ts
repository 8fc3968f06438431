import { drawAsk } from '../ask-card.ts'
import { body, Refused } from '../client.ts'
import { groupOf } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { parseSplit } from './parse-split.ts'
import { assetCodes, cardOf, checkWords, Misunderstood } from './send.ts'

/** `/split 30 @ada @ben lunch`: asks several, for equal parts of a sum, or each for an amount of their own. */
export const split: Command = {
  name: 'split',
  options: [
    { name: 'amount', required: true },
    { name: 'people', required: true },
    { name: 'asset' },
    { name: 'note' },
  ],
  isAboutOthers: true,
  async run(invocation, { api }) {
    const { person: by, key, language } = invocation
    const { unclear, ...parsed } = parseSplit(invocation, await assetCodes(invocation, api))
    try {
      checkWords({ unclear, note: parsed.note })
      const json = { ...parsed, by, group: groupOf(invocation), card: cardOf(invocation), key }
      const asked = await body(api.asks.$post({ json }))
      return { card: drawAsk(asked, language, by.messenger), isNew: true }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      throw new Misunderstood(error, texts(language)('split.example'))
    }
  },
}
