import { texts } from '../../../bots/texts/index.ts'
import type { Chat } from '../qq/api.ts'
import { identityOf } from '../qq/club.ts'
import type { FakeQq } from '../qq/index.ts'
import type { startTestService } from '../service.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

const LANGUAGE = 'zh-Hans'

/** The bot talks with each of them alone: who presses a button has its link from the sender. */
export function inQq(fake: FakeQq, { client, log }: Service): Place {
  const links = new WeakMap<Card, string>()

  function member(user: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      language: LANGUAGE,
      async sends({ amount, asset = '', note = '' }) {
        const said = await one.tells(`send ${amount} ${asset} ${note}`)
        const [link] = /https:\S+\/c\/[\w-]+/.exec(said) ?? []
        // It never changes: its link shows how it stands, as on a page so in the bot's own chat.
        const card = { text: () => (link ? one.tells(link) : said) }
        if (link) links.set(card, link)
        return card
      },
      async presses(card, button) {
        const shown = await one.tells(links.get(card) ?? '')
        const label = texts(LANGUAGE)(`card.${button}`)
        const [, number] = new RegExp(`/(\\d+) – ${label}`).exec(shown) ?? []
        return number ? one.tells(number) : shown
      },
      asks: (command) => one.tells(command),
      async tells(words) {
        const id = await fake.says(user, words)
        return fake.until(() => user.messages.find(({ answers }) => answers === id)?.text)
      },
    }
    return one
  }

  return {
    messenger: 'qq',
    asset: 'CREDIT',
    async group() {
      const three = [fake.newChat(), fake.newChat(), fake.newChat()] as const
      // That they have it, nobody can tell them before they say something.
      const untold = () => log.filter((line) => line.includes('said nothing of late')).length
      const before = untold()
      for (const user of three) await client.issue(identityOf(user), '100')
      await fake.until(() => untold() >= before + three.length)
      return [member(three[0]), member(three[1]), member(three[2])]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.late],
  }
}
