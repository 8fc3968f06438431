import { makeToken } from '../access/tokens.ts'
import { withBooks } from './books.ts'
import type { Command } from './command.ts'

/** `passalong token` */
export const token: Command = {
  words: ['NAME'],
  about: "make a bearer token for an API client; the name's earlier token ends",
  details: ['NAME is what the client is called, like shop. The token is shown once, and nowhere kept.'],
  flags: {},
  json: '{"name":"shop","token":"pa_…"}',
  run: ({ words: [name = ''], print }) =>
    withBooks(async ({ db }) => {
      const made = await makeToken(db, name)
      print(made, { name, token: made })
    }),
}
