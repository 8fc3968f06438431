import { drawCard } from '../card.ts'
import { body, Refused } from '../client.ts'
import { groupOf } from '../messenger.ts'
import { supported, texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { parseRed } from './parse-red.ts'
import { assetCodes, cardOf, checkNote, Misunderstood, phraseProblem, wordsToTell } from './send.ts'

/** `/red 100 10 happy new year`: money for the ten who tap first, by lot, or in equal parts; with a time for those whom the lot falls on then. */
export const red: Command = {
  name: 'red',
  options: [
    { name: 'amount', required: true },
    { name: 'count', required: true },
    { name: 'draw', choices: ['lucky', 'equal'] },
    { name: 'takers', choices: ['anyone', 'members', 'before'] },
    { name: 'list' },
    { name: 'time' },
    { name: 'asset' },
    { name: 'note' },
    { name: 'phrase', choices: ['anywhere', 'here'] },
  ],
  async run(invocation, { api }) {
    const { person, language, key } = invocation
    const { unclear, count, ...parsed } = parseRed(
      invocation,
      invocation.fields ? [] : await assetCodes(invocation, api),
    )
    try {
      const problem = phraseProblem({ phrase: parsed.phrase, to: [] }, invocation)
      if (problem) throw new Refused({ code: `send.${problem.what}`, detail: problem.what })
      if (unclear) throw new Refused({ code: `red.${unclear.what}`, detail: unclear.what, ...unclear })
      checkNote(parsed.note)
      const json = {
        ...parsed,
        amount: parsed.amount ?? '',
        from: person,
        group: groupOf(invocation),
        shares: count,
        phrase: parsed.phrase && { ...parsed.phrase, language: supported(language) },
        card: cardOf(invocation),
        key,
      }
      const transfer = await body(api.transfers.$post({ json }))
      const card = drawCard(transfer, language, person.messenger)
      return { card, isNew: true, whisper: wordsToTell(transfer, texts(language)) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      throw new Misunderstood(error, texts(language)('red.example'))
    }
  },
}
