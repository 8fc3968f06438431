import { randomUUID } from 'node:crypto'
import type { ChatMessage } from '../../../bots/playground/chats.ts'
import { texts } from '../../../bots/texts/index.ts'
import { type Follower, follow, type Who } from '../playground.ts'
import type { startTestService } from '../service.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

export async function inPlayground({ url, client }: Service): Promise<Place & { leave(): void }> {
  const post = (path: string, body: object) =>
    fetch(`${url}/playground/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, key: randomUUID() }),
    })
  const follower: Follower = await follow(url)
  const ids = new WeakMap<Card, string>()
  const now = (id: string) => follower.messages.get(id) as ChatMessage

  /** Waits for what the bot says next in a chat. */
  async function answer(
    chat: string,
    act: () => Promise<unknown>,
    counts: (message: ChatMessage) => boolean = () => true,
  ): Promise<ChatMessage> {
    const before = new Set(follower.messages.keys())
    await act()
    return follower.until(({ messages }) =>
      [...messages.values()].find(
        (one) => one.chat === chat && one.by === 'bot' && !before.has(one.id) && counts(one),
      ),
    )
  }

  /** Of money that came before it was asked. */
  const isNoNotice = ({ text }: ChatMessage) => !text?.startsWith('💰')

  const textOf = ({ text, card }: ChatMessage): string =>
    text ?? [card?.title, card?.note, card?.status].join('\n')

  function member(person: Who, language: string): Member {
    const say = (kind: 'group' | 'private', text: string) => post('say', { person, kind, text })
    return {
      identity: { messenger: 'playground', id: person },
      language,
      async sends({ amount, asset = '', to, note = '' }) {
        const words = `/send ${amount} ${asset} ${to ? `@${to.identity.id}` : ''} ${note}`
        const { id } = await answer('lunch-club', () => say('group', words))
        const card = { text: () => textOf(now(id)) }
        ids.set(card, id)
        return card
      },
      async presses(card, name) {
        const message = ids.get(card) as string
        const data = now(message)
          .buttons.flat()
          .find((button) => button.label === texts('en')(`card.${name}`))?.data
        const { toast } = (await (await post('press', { person, message, data })).json()) as { toast: string }
        return toast
      },
      asks: async (command) => {
        const private_ = answer(`private-${person}`, async () => {}, isNoNotice)
        const group = answer('lunch-club', () => say('group', `/${command}`))
        return textOf(await (command === 'history' ? Promise.race([private_, group]) : group))
      },
      tells: async (words) => textOf(await answer(`private-${person}`, () => say('private', words))),
    }
  }

  return {
    messenger: 'playground',
    asset: 'PLAY',
    group: async () => [member('ada', 'en'), member('ben', 'en'), member('chen', 'zh-Hans')],
    balance: ({ identity }) => client.balance(identity, 'PLAY'),
    breaches: () => [],
    leave: () => follower.leave(),
  }
}
