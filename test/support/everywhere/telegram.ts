import { texts } from '../../../bots/texts/index.ts'
import type { startTestService } from '../service.ts'
import { identityOf } from '../telegram/club.ts'
import type { FakeTelegram, Message, Person } from '../telegram/index.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

let count = 0

export function inTelegram(fake: FakeTelegram, { client }: Service): Place {
  const messages = new WeakMap<Card, Message>()
  const people = new WeakMap<Member, Person>()

  /** Waits for the next message of the bot in a chat. */
  async function answer(chat: Person['chat'], act: () => unknown): Promise<Message> {
    const before = new Set(fake.messages(chat))
    await act()
    return fake.until(() =>
      fake.messages(chat).find((one) => one.from.id === fake.bot.id && !before.has(one)),
    )
  }

  function member(person: Person, group: Person['chat']): Member {
    const one: Member = {
      identity: identityOf(person),
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? `@${people.get(to)?.json.username}` : ''
        const message = await answer(group, () =>
          person.says(group, `/send ${amount} ${asset} ${whom} ${note}`),
        )
        const card = { text: () => message.text }
        messages.set(card, message)
        return card
      },
      presses: async (card, button) =>
        (await person.taps(messages.get(card) as Message, texts('en')(`card.${button}`))).text,
      asks: async (command) => {
        const chat = command === 'history' ? person.chat : group
        const fromGroup = answer(group, () => {})
        const { text } = await Promise.race([
          answer(chat, () => person.says(group, `/${command}`)),
          fromGroup,
        ])
        return text
      },
      tells: async (words) => (await answer(person.chat, () => person.says(person.chat, words))).text,
    }
    people.set(one, person)
    return one
  }

  return {
    messenger: 'telegram',
    asset: 'CREDIT',
    async group() {
      const persons = ['Ada', 'Ben', 'Cy'].map((first_name) =>
        fake.user({ first_name, username: `${first_name.toLowerCase()}_everywhere${++count}` }),
      )
      for (const person of persons) {
        await answer(person.chat, () => person.starts())
        await answer(person.chat, () => client.issue(identityOf(person), '100'))
      }
      const [creator, ...others] = persons as [Person, Person, Person]
      const group = fake.group({ creator, members: others })
      return persons.map((person) => member(person, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods].map(String),
  }
}
