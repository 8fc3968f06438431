import { texts } from '../../../bots/texts/index.ts'
import type { startTestService } from '../service.ts'
import { identityOf } from '../wechat/club.ts'
import type { FakeWechat, User } from '../wechat/index.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

const LANGUAGE = 'zh-Hans'

/** The account talks with each of them alone: who presses a button has its link from the sender. */
export function inWechat(fake: FakeWechat, { client }: Service): Place {
  const links = new WeakMap<Card, string>()

  function member(user: User): Member {
    const one: Member = {
      identity: identityOf(user),
      language: LANGUAGE,
      async sends({ amount, asset = '', note = '' }) {
        const said = await one.tells(`转账 ${amount} ${asset} ${note}`)
        const [link] = /https:\S+\/c\/[\w-]+/.exec(said) ?? []
        // It never changes: its link shows how it stands, as on a page so in the account's chat.
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
      tells: (words) => fake.says(user, words),
    }
    return one
  }

  return {
    messenger: 'wechat',
    asset: 'CREDIT',
    async group() {
      const three = [fake.user(), fake.user(), fake.user()] as const
      for (const user of three) {
        await fake.says(user, '余额')
        const before = user.messages.length
        await client.issue(identityOf(user), '100')
        await fake.until(() => user.messages.length > before)
      }
      return [member(three[0]), member(three[1]), member(three[2])]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => fake.breaches,
  }
}
