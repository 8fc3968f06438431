import { findPeople, identitiesOf } from '../operators/people.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { readBooks } from './books.ts'
import type { Command } from './command.ts'
import { HELD, identityShown, whoIs } from './person.ts'

/** `passalong people` */
export const people: Command = {
  words: ['TEXT'],
  about: 'find people by name, handle, id or MESSENGER:ID, with all that they are linked with',
  details: [
    'TEXT is all of it, in any capitals: ada, @ada, "Ada Lovelace", 123456789. The first 20 are told, the last seen first.',
  ],
  flags: {},
  json: '{"people":[{"hold":null,"identities":[{"messenger":"telegram","id":"123456789","handle":"ada","name":"Ada"}]}]}',
  run: ({ words: [text = ''], print }) =>
    readBooks(async ({ db, people }) => {
      const found = await Promise.all(
        (await findPeople(db, text)).map(async ({ person }) => ({
          hold: await people.holdOf(person),
          identities: (await identitiesOf(db, person)).map(identityShown),
        })),
      )
      if (found.length === 0) throw new Refusal('unknown_person', { typed: asTyped(text) })
      const lines = found.map(({ hold, identities }) =>
        [identities.map(whoIs).join(' = '), hold && HELD[hold]].filter(Boolean).join('; '),
      )
      print(lines.join('\n'), { people: found })
    }),
}
