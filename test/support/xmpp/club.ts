// Passalong with its XMPP bot on a real server, and people who have money.
import { expect } from 'vitest'
import type { Setting } from '../service.ts'
import { startWithBot } from '../with-bot.ts'
import { type Person, startPeople } from './people.ts'
import { DOMAIN, ROOMS, startProsody } from './prosody.ts'

export const BOT = `passalong@${DOMAIN}`

export type Club = Awaited<ReturnType<typeof openClub>>

export const identityOf = ({ address: id }: { address: string }) => ({ messenger: 'xmpp', id })

let count = 0

type Server = Parameters<typeof startProsody>[0]

/** The variables of the service that let its bot in. */
export const settingsOf = ({ port }: { port: number }) => ({
  XMPP_ADDRESS: BOT,
  XMPP_PASSWORD: 'secret',
  XMPP_SERVICE: `xmpp://127.0.0.1:${port}`,
})

export async function openClub({ prosody: server, ...setting }: Setting & { prosody?: Server } = {}) {
  const prosody = await startProsody(server)
  await prosody.account('passalong', 'secret')
  const people = await startPeople(prosody)
  const reached = {
    settings: settingsOf(prosody),
    stop: () => Promise.all([people.close(), prosody.close()]),
  }
  const running = await startWithBot('xmpp', reached, setting)

  const club = Object.assign(running, {
    prosody,
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
  })
  return club
}

/** The name that somebody takes in rooms: `ada-1`. */
export const nickOf = ({ address }: Person): string => address.split('@')[0] ?? ''

/** https://xmpp.org/extensions/xep-0249.html */
export const invite = (person: Person, room: string): void =>
  person.raw(`<message to="${BOT}"><x xmlns="jabber:x:conference" jid="${room}"/></message>`)
