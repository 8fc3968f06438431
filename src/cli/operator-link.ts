import { makeLink } from '../access/sessions.ts'
import { type Config, ConfigError } from '../config.ts'
import { addressOf } from '../operations/network.ts'
import { openPeople } from '../people/people.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { withBooks } from './books.ts'
import { type Command, UsageError } from './command.ts'

/** `passalong operator-link` */
export const operatorLink: Command = {
  words: ['[MESSENGER:ID]'],
  about: "make a link that signs an operator in to the operators' pages, once, within ten minutes",
  details: [
    'MESSENGER:ID is somebody in OPERATORS; by default the first of them. Whoever opens the link is them: keep it.',
  ],
  flags: {},
  json: '{"operator":"telegram:123456789","link":"https://pass.example.org/session/…","expiresAt":"2026-11-26T12:00:00.000Z"}',
  run: ({ words: [named], print }) =>
    withBooks(async ({ config, db }) => {
      const operator = operatorIn(config, named)
      const address = publicUrlOf(config)
      await openPeople(db).meet(operator)
      const { secret, expiresAt } = await makeLink(db, operator, '/operators')
      const link = `${address}/session/${secret}`
      print(link, { operator: keyOf(operator), link, expiresAt })
    }),
}

function operatorIn({ operators }: Config, named: string | undefined): ExternalKey {
  const [first] = operators
  if (first === undefined)
    throw new ConfigError(
      'OPERATORS: nobody is set. Name those who run the service, like telegram:123456789, and start it again with it.',
    )
  const who = named ?? first
  if (!operators.has(who))
    throw new UsageError(`"${named}" is none of OPERATORS: ${[...operators].join(', ')}.`)
  const [messenger = '', id = ''] = who.split(/:(.*)/s)
  return { messenger, id }
}

function publicUrlOf({ publicUrl, host, port }: Config): string {
  if (publicUrl) return publicUrl
  if (port === 0)
    throw new ConfigError(
      'PUBLIC_URL: with PORT=0 nobody knows where the service listens: set where people reach it.',
    )
  return addressOf(host, port)
}
