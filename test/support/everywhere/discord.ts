import { texts } from '../../../bots/texts/index.ts'
import { identityOf } from '../discord/club.ts'
import type { Channel, FakeDiscord, Person, SeenMessage } from '../discord/index.ts'
import type { startTestService } from '../service.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

let count = 0

export function inDiscord(fake: FakeDiscord, { client }: Service): Place {
  const shown = new WeakMap<Card, () => SeenMessage>()
  const people = new WeakMap<Member, Person>()

  function member(person: Person, channel: Channel, isOwner: boolean): Member {
    const one: Member = {
      identity: identityOf(person),
      language: 'en',
      async sends({ amount, asset, to, note }) {
        const options = {
          amount,
          ...(asset && { asset }),
          ...(to && { who: people.get(to) as Person }),
          ...(note && { note }),
        }
        const answer = await person.slash(channel, 'send', options).answer()
        // What is wrong comes to its author alone, in place of a card.
        const message = () => answer.followUps[0] ?? answer.message
        await fake.until(message)
        const card = { text: () => message().text }
        shown.set(card, message)
        return card
      },
      async presses(card, button) {
        const answer = await person
          .taps(shown.get(card)?.() as SeenMessage, texts('en')(`card.${button}`))
          .answer()
        return (await fake.until(() => answer.followUps[0]))?.text ?? ''
      },
      async asks(command) {
        const isOffered = command !== 'history' || isOwner
        // Discord offers it to admins alone.
        return isOffered
          ? (await person.slash(channel, command).answer()).message.text
          : texts('en')('history.onlyAdmins')
      },
      async tells(words) {
        const before = fake.messages(person.privateChannel).length
        const { id } = person.dm(words)
        const answer = () =>
          fake
            .messages(person.privateChannel)
            .slice(before)
            .find((one) => one.id !== id)
        return (await fake.until(answer))?.text ?? ''
      },
    }
    people.set(one, person)
    return one
  }

  return {
    messenger: 'discord',
    asset: 'CREDIT',
    async group() {
      const persons = ['ada', 'ben', 'cy'].map((username) => fake.user({ username: `${username}${++count}` }))
      const [owner, ...members] = persons as [Person, Person, Person]
      const channel = fake.guild({ name: `Club ${++count}`, owner, members }).channel()
      for (const person of persons) {
        await client.issue(identityOf(person), '100')
        await fake.until(() =>
          fake.messages(person.privateChannel).some(({ text }) => text.includes('100.00')),
        )
      }
      return persons.map((person) => member(person, channel, person === owner)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => fake.breaches,
  }
}
