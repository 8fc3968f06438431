import { createHash, randomUUID } from 'node:crypto'
import type { DrawnCard } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import type { Chat, Message, Messenger, Target } from '../messenger.ts'
import { openPictures } from '../pictures.ts'
import type { Buttons } from '../signed-buttons.ts'
import { cardJson, messageContent } from './card.ts'
import type { FeishuClient } from './client.ts'

export interface FeishuMessenger extends Messenger {
  /** Says something in a chat. */
  say(message: Message, target: Target): Promise<void>
  /** A card as Feishu shows it in a chat. */
  draw(card: DrawnCard, chat: string): Promise<object>
}

/** What a target says besides its chat, as JSON. */
export interface Details {
  /** What has asked for the card: it is posted once for it. */
  key: string
  /** The message in whose thread it is to stand. */
  thread?: string | undefined
}

interface Sources {
  api: ApiClient
  client: FeishuClient
  buttons: Buttons
  log: Log
}

/** How many members of a group Feishu tells at once. */
const PAGE_SIZE = '100'

export function createMessenger(
  { api, client, buttons, log }: Sources,
  capabilities: Capabilities,
): FeishuMessenger {
  const uploaded = openPictures(api, client.upload)

  /** Undefined also where it can't be had: a card works without its picture, as it has the link. */
  const pictureOf = async (card: DrawnCard) =>
    uploaded(card)?.catch((error: unknown) => {
      log.warn({ err: error, messenger: 'feishu' }, 'a card has no picture')
      return undefined
    })

  const draw: FeishuMessenger['draw'] = async (card, chat) =>
    cardJson(card, await pictureOf(card), chat, buttons)

  const addressOf = ({ chat, details }: Target) => {
    const { thread } = detailsIn(details) ?? {}
    return { chat, thread }
  }

  const say: FeishuMessenger['say'] = async (message, target) =>
    void (await client.post(addressOf(target), messageContent(message, target.chat, buttons), randomUUID()))

  return {
    name: 'feishu',
    capabilities,
    say,
    draw,
    async post(card, target) {
      const content = await draw(card, target.chat)
      const message = await client.post(
        addressOf(target),
        { msg_type: 'interactive', content },
        uuidOf(card.transfer, target),
      )
      return { chat: target.chat, message }
    },
    privateChat: async ({ id }) => id,
    redraw: async ({ chat, message }, card) => client.redraw(message, await draw(card, chat)),
    sendPrivately: (person, message) => say(message, { chat: person.id }),
    ping: client.ping,
    /** https://open.feishu.cn/document/server-docs/group/chat/get-2 */
    async isAdmin(chat, { id }) {
      const { data } = await client.get<{ data: { owner_id?: string; user_manager_id_list?: string[] } }>(
        pathOf(chat),
        { user_id_type: 'open_id' },
      )
      return data.owner_id === id || (data.user_manager_id_list ?? []).includes(id)
    },
    /** https://open.feishu.cn/document/server-docs/group/chat-member/get */
    async isMember(chat, { id }) {
      let next: string | undefined = ''
      while (next !== undefined) {
        const query: Record<string, string> = { member_id_type: 'open_id', page_size: PAGE_SIZE }
        const { data }: Members = await client.get(`${pathOf(chat)}/members`, {
          ...query,
          ...(next && { page_token: next }),
        })
        if (data.items?.some(({ member_id }) => member_id === id)) return true
        next = data.has_more ? data.page_token || undefined : undefined
      }
      return false
    },
  }
}

interface Members {
  data: { items?: { member_id: string }[]; has_more: boolean; page_token?: string }
}

const pathOf = ({ id }: Chat): string => `/im/v1/chats/${encodeURIComponent(id)}`

const detailsIn = (details: string | undefined): Details | undefined =>
  details === undefined ? undefined : JSON.parse(details)

/** The same for the same card that the same message or tap has asked for, however often it is posted, and by whichever process. */
function uuidOf(transfer: string, { chat, details }: Target): string {
  const key = detailsIn(details)?.key
  return key === undefined
    ? randomUUID()
    : createHash('sha256')
        .update(JSON.stringify([transfer, chat, key]))
        .digest('base64url')
}
