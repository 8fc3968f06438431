// Passalong with its XMPP bot on a real server, and people who have money.
import { expect } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { type Person, startPeople } from './people.ts'
import { DOMAIN, ROOMS, startProsody } from './prosody.ts'

export const BOT = `passalong@${DOMAIN}`

export type Club = Awaited<ReturnType<typeof openClub>>

export const identityOf = ({ address: id }: { address: string }) => ({ messenger: 'xmpp', id })

let count = 0

type Server = Parameters<typeof startProsody>[0]

export async function openClub({
  environment,
  prosody: server,
  ...setting
}: Setting & { prosody?: Server } = {}) {
  const prosody = await startProsody(server)
  await prosody.account('passalong', 'secret')
  const people = await startPeople(prosody)
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const service = await startTestService({
      roles: 'api,worker,xmpp',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        XMPP_ADDRESS: BOT,
        XMPP_PASSWORD: 'secret',
        XMPP_SERVICE: `xmpp://127.0.0.1:${prosody.port}`,
        PUBLIC_URL,
        ...environment,
      },
    })
    log.push(service.log)
    return service
  }
  const club = {
    prosody,
    service: await start(),
    balance: (person: Person) => club.service.client.balance(identityOf(person)),
    /** Somebody with a balance of 100 CREDIT, of which the bot has told them. */
    async person(name: string, balance = '100'): Promise<Person> {
      const person = await people.person(`${name}-${++count}`)
      await person.answer(() => person.tells(BOT, '/start'))
      if (Number(balance) > 0)
        await person.answer(() => club.service.client.issue(identityOf(person), balance))
      return person
    },
    /** A room that the first has made, with the others and the bot in it. */
    room: (...people: [owner: Person, ...Person[]]) => club.roomOf(ROOMS, ...people),
    async roomOf(host: string, ...[owner, ...others]: [owner: Person, ...Person[]]): Promise<string> {
      const room = `room-${++count}@${host}`
      await owner.join(room, nickOf(owner))
      for (const person of others) await person.join(room, nickOf(person))
      invite(owner, room)
      await expect.poll(() => owner.present.has(`${room}/passalong`)).toBe(true)
      return room
    },
    /** Ends the service, and starts another one on the same books. */
    async restart(meanwhile: () => unknown = () => {}) {
      await club.service.close()
      await meanwhile()
      club.service = await start()
    },
    errors: () => log.flat().filter((line) => /"level":"(error|fatal)"/.test(line)),
    async close() {
      await club.service.close()
      await database.drop()
      await people.close()
      await prosody.close()
    },
  }
  return club
}

/** The name that somebody takes in rooms: `ada-1`. */
export const nickOf = ({ address }: Person): string => address.split('@')[0] ?? ''

/** https://xmpp.org/extensions/xep-0249.html */
export const invite = (person: Person, room: string): void =>
  person.raw(`<message to="${BOT}"><x xmlns="jabber:x:conference" jid="${room}"/></message>`)
