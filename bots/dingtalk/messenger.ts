import { createHash, randomUUID } from 'node:crypto'
import type { DrawnCard } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import { type Message, type Messenger, type Target, Undeliverable } from '../messenger.ts'
import { openPictures } from '../pictures.ts'
import { type Buttons, cardData, fitting, messageData } from './card.ts'
import type { PostedCards } from './cards.ts'
import type { DingtalkClient } from './client.ts'
import { type Directory, privateChatOf, whoseChat } from './people.ts'

export interface DingtalkMessenger extends Messenger {
  /**
   * Says something in a chat.
   * @throws Undeliverable where the bot can't write there
   */
  say(message: Message, target: Target): Promise<void>
}

interface Sources {
  api: ApiClient
  client: DingtalkClient
  cards: PostedCards
  buttons: Buttons
  directory: Directory
  robotCode: string
  /** Whether somebody has just said or tapped something in a group. */
  isHere(chat: string, userId: string): boolean
}

export function createMessenger(
  { api, client, cards, buttons, directory, robotCode, isHere }: Sources,
  capabilities: Capabilities,
): DingtalkMessenger {
  const pictureOf = openPictures(api, client.upload)

  const drawn = async (card: DrawnCard, id: string, chat: string) =>
    cardData(card, (await pictureOf(card)) ?? '', buttons.encode(card.buttons, id, chat))

  async function post(card: DrawnCard, target: Target) {
    const { chat } = target
    const id = idOf(card.transfer, target)
    const to = card.mention && card.to?.messenger === 'dingtalk' ? card.to : undefined
    const mentioned = to?.id ? { [to.id]: to.name ?? to.id } : {}
    await cards.post(id, chat, await drawn(card, id, chat), mentioned)
    return { chat, message: id }
  }

  /** https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message, and for one person `batchSend` */
  async function say({ text, buttons: rows = [] }: Message, target: Target): Promise<void> {
    const { chat } = target
    const shown = rows.flat()
    if (shown.length > 0) {
      const id = randomUUID()
      return cards.post(id, chat, messageData({ text }, buttons.encode(shown, id, chat)))
    }
    const message = { robotCode, msgKey: 'sampleText', msgParam: JSON.stringify({ content: fitting(text) }) }
    const whose = whoseChat(chat)
    if (!whose) {
      await client.call('POST', '/v1.0/robot/groupMessages/send', { ...message, openConversationId: chat })
      return
    }
    const { invalidStaffIdList = [], flowControlledStaffIdList = [] } = await client.call<Sent>(
      'POST',
      '/v1.0/robot/oToMessages/batchSend',
      { ...message, userIds: [whose] },
    )
    if (invalidStaffIdList.length > 0) throw new Undeliverable('batchSend: nobody whom the bot may write to')
    if (flowControlledStaffIdList.length > 0) throw new Error('batchSend: too many messages to one person')
  }

  return {
    name: 'dingtalk',
    capabilities,
    post,
    say,
    privateChat: async ({ id }) => privateChatOf(id).id,
    redraw: async ({ chat, message: id }, card) => cards.change(id, { data: await drawn(card, id, chat) }),
    sendPrivately: (person, message) => say(message, { chat: privateChatOf(person.id).id }),
    ping: client.ping,
    isAdmin: directory.isAdmin,
    // DingTalk tells the members of groups that an app has made alone; but whoever acts in a group is in it.
    isMember: async (chat, { id }) => isHere(chat.id, id) || undefined,
  }
}

interface Sent {
  invalidStaffIdList?: string[]
  flowControlledStaffIdList?: string[]
}

/** The same for the same card asked for by the same message, however often it is posted: DingTalk takes an id once. */
const idOf = (transfer: string, { chat, details }: Target): string =>
  details === undefined
    ? randomUUID()
    : createHash('sha256')
        .update(JSON.stringify([transfer, chat, details]))
        .digest('hex')
