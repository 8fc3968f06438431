import { texts } from '../../../bots/texts/index.ts'
import { identityOf } from '../dingtalk/club.ts'
import { type Chat, Card as DingtalkCard, type FakeDingtalk, type User } from '../dingtalk/index.ts'
import type { startTestService } from '../service.ts'
import { next } from '../until.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

let count = 0

export function inDingtalk(fake: FakeDingtalk, { client }: Service): Place {
  const shown = new WeakMap<Card, DingtalkCard>()
  const people = new WeakMap<Member, User>()

  /** Waits for what the bot says next in a chat: words, or a card. */
  async function answer(chat: Chat, act: () => unknown): Promise<DingtalkCard | string> {
    const said = await next(() => chat.said, act)
    return said instanceof DingtalkCard ? said : said.text
  }
  const textOf = (said: DingtalkCard | string) => (typeof said === 'string' ? said : said.text)

  function member(user: User, group: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      language: 'zh-Hans',
      async sends({ amount, asset = '', to, note = '' }) {
        const words = [`转账 ${amount} ${asset} `, ...(to ? ['给 ', people.get(to) as User] : []), ` ${note}`]
        const said = await answer(group, () => fake.says(user, group, words))
        const card = { text: () => textOf(said) }
        if (typeof said !== 'string') shown.set(card, said)
        return card
      },
      presses: (card, button) =>
        fake.taps(user, shown.get(card) as DingtalkCard, texts('zh-Hans')(`card.${button}`)),
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
    messenger: 'dingtalk',
    asset: 'CREDIT',
    async group() {
      const users: User[] = []
      for (const name of ['陈晨', '李本', '周西']) {
        const user = fake.user(`${name}${++count}`, { isAdmin: name === '陈晨' })
        await answer(fake.privateChat(user), () =>
          client.issue({ ...identityOf(user), name: user.name }, '100'),
        )
        users.push(user)
      }
      const group = fake.group(`午餐俱乐部 ${++count}`, users)
      return users.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late].map(String),
  }
}
