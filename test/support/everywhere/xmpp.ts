import { expect } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import type { startTestService } from '../service.ts'
import { BOT, identityOf, invite, nickOf } from '../xmpp/club.ts'
import type { Message, Person, startPeople } from '../xmpp/people.ts'
import { ROOMS } from '../xmpp/prosody.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>
type People = Awaited<ReturnType<typeof startPeople>>

let count = 0

export function inXmpp(people: People, { client }: Service): Place {
  const messages = new WeakMap<Card, Message>()
  const persons = new WeakMap<Member, Person>()
  const ofBot = `${BOT}/`

  function member(person: Person, room: string, others: Person[]): Member {
    const one: Member = {
      identity: identityOf(person),
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? `@${nickOf(persons.get(to) as Person)}` : ''
        const words = `/send ${amount} ${asset} ${whom} ${note}`
        const message = await person.answer(() => person.says(room, words), room)
        const [link = ''] = /https?:\S+/.exec(message.text) ?? []
        // Whoever presses it has to see it first.
        for (const other of others) await other.reads(link)
        // Whom it is for gets it in private, too, which is no answer to what they press.
        if (to)
          await expect
            .poll(() =>
              persons.get(to)?.messages.some(({ type, text }) => type === 'chat' && text.includes(link)),
            )
            .toBe(true)
        const card = { text: () => message.text }
        messages.set(card, message)
        return card
      },
      async presses(card, button) {
        const label = texts('en')(`card.${button}`)
        const { text } = messages.get(card) as Message
        const [, number] = new RegExp(`^/(\\d+) – ${label}`, 'm').exec(text) ?? []
        if (!number) throw new Error(`There is no ${label} in: ${text}`)
        return (await person.answer(() => person.says(room, `/${number}`), 'private')).text
      },
      asks: async (command) => (await person.answer(() => person.says(room, `/${command}`), room)).text,
      tells: async (words) => (await person.answer(() => person.tells(BOT, words), ofBot)).text,
    }
    persons.set(one, person)
    return one
  }

  return {
    messenger: 'xmpp',
    asset: 'CREDIT',
    async group() {
      const room = `everywhere-${++count}@${ROOMS}`
      const three: Person[] = []
      for (const name of ['ada', 'ben', 'cy']) {
        const person = await people.person(`${name}-${++count}`)
        await client.issue(identityOf(person), '100')
        await person.reads('100.00')
        await person.join(room, nickOf(person))
        three.push(person)
      }
      const [owner] = three as [Person]
      invite(owner, room)
      await expect.poll(() => owner.present.has(`${room}/passalong`)).toBe(true)
      return three.map((person) => member(person, room, three)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [],
  }
}
