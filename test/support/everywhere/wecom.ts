import { texts } from '../../../bots/texts/index.ts'
import type { startTestService } from '../service.ts'
import { next } from '../until.ts'
import { identityOf } from '../wecom/club.ts'
import type { Chat, FakeWecom, User, Card as WecomCard } from '../wecom/index.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

/** Buttons come after what they belong to. */
const CHOOSE = texts('zh-Hans')('wecom.choose')

export function inWecom(fake: FakeWecom, { client }: Service): Place {
  const shown = new WeakMap<Card, WecomCard>()
  const people = new WeakMap<Member, User>()

  /** Waits for what the bot says next in a chat: words, or a card. */
  const answer = (chat: Chat, act: () => unknown): Promise<WecomCard | string> =>
    next(() => chat.said.filter((one) => typeof one === 'string' || one.text !== CHOOSE), act)
  const textOf = (said: WecomCard | string) => (typeof said === 'string' ? said : said.text)

  function member(user: User, group: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      language: 'zh-Hans',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? `给 账号:${people.get(to)?.userId}` : ''
        const said = await answer(group, () =>
          fake.says(user, group, `转账 ${amount} ${asset} ${whom} ${note}`),
        )
        // Without a tap it doesn't change: its link shows how it stands, as on a page so in the bot's own chat.
        const card = {
          text: () =>
            typeof said !== 'string' && said.labels.length > 0 ? one.tells(said.above) : textOf(said),
        }
        if (typeof said !== 'string') shown.set(card, said)
        return card
      },
      presses: (card, button) =>
        fake.taps(user, shown.get(card) as WecomCard, texts('zh-Hans')(`card.${button}`)),
      async asks(command) {
        const own = fake.privateChat(user)
        const here = answer(group, () => {})
        return textOf(await Promise.race([answer(own, () => fake.says(user, group, command)), here]))
      },
      tells: async (words) => {
        const own = fake.privateChat(user)
        return textOf(await answer(own, () => fake.says(user, own, words)))
      },
    }
    people.set(one, user)
    return one
  }

  return {
    messenger: 'wecom',
    asset: 'CREDIT',
    async group() {
      const users: User[] = []
      for (const name of ['陈晨', '李本', '周西']) {
        const user = fake.user(name)
        const own = fake.privateChat(user)
        await answer(own, () => fake.says(user, own, '余额'))
        await answer(own, () => client.issue(identityOf(user), '100'))
        users.push(user)
      }
      const group = fake.group([...users, fake.boss])
      // WeCom tells no admins: whoever runs the service is one, and names others.
      await answer(group, () => fake.says(fake.boss, group, `管理员 添加 账号:${users[0]?.userId}`))
      return users.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods],
  }
}
