import { createHash, randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { type DrawnCard, leadsSomewhere, pictureFile } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import { type Message, type Messenger, type Target, Undeliverable } from '../messenger.ts'
import { openSlots, type Slots } from '../slots.ts'
import { type Buttons, drawTemplate, linkOf, messageCards, type TemplateCard, wordsOf } from './card.ts'
import { type Connection, WecomRefusal } from './connection.ts'
import { privateChatOf, whoseChat } from './people.ts'

export interface WecomMessenger extends Messenger {
  /**
   * Says something in a chat.
   * @throws Undeliverable where the bot can't write there
   */
  say(message: Message, target: Target, language: string): Promise<void>
  /** Shows a card in place of the one that was tapped, which WeCom takes within five seconds. @param only the one who sees it; by default all do */
  change(request: string, card: TemplateCard, only?: string): Promise<void>
  /** What a card shows to all, as far as this process knows; that is lost at a restart. */
  shown(task: string): TemplateCard | undefined
  draw(card: DrawnCard, task: string): TemplateCard
}

interface Sources {
  api: ApiClient
  connection: Connection
  buttons: Buttons
  operators: ReadonlySet<string>
  /** Whether somebody has just said or tapped something in a group. */
  isHere(chat: string, userId: string): boolean
  /** Where a card leads that has no link of its own. */
  home(): string
}

/** A chat takes 30 messages a minute. */
const LIMIT = { slots: 28, heldMs: 61_000 }
/** The most cards whose looks are kept. */
const MOST_SHOWN = 2000

export function createMessenger(
  { api, connection, buttons, operators, isHere, home }: Sources,
  capabilities: Capabilities,
): WecomMessenger {
  const limits = new LRUCache<string, Slots>(atMost(10_000))
  /** The messages that were answered: each takes one answer. */
  const answered = new LRUCache<string, true>(atMost(10_000))
  const looks = new LRUCache<string, TemplateCard>(atMost(MOST_SHOWN))

  const draw = (card: DrawnCard, task: string) => drawTemplate(card, task, buttons, home())

  function within<T>(chat: string, send: () => Promise<T>): Promise<T> {
    const limit = limits.get(chat) ?? openSlots(LIMIT)
    limits.set(chat, limit)
    return limit.use(0, send)
  }

  /** Answers the message that a target has come from, once. @returns whether that was done: it may be too old, or answered before */
  async function reply({ chat, details = '' }: Target, body: object): Promise<boolean> {
    const [, request] = REPLY.exec(details) ?? []
    if (request === undefined || answered.has(request)) return false
    answered.set(request, true)
    try {
      await within(chat, () => connection.send('aibot_respond_msg', body, request))
      return true
    } catch (error) {
      if (error instanceof WecomRefusal && !isKnownTask(error)) return false
      throw error
    }
  }

  const send = (chat: string, body: object) => {
    const whose = whoseChat(chat)
    const to = whose ? { chatid: whose, chat_type: 1 } : { chatid: chat, chat_type: 2 }
    return within(chat, () => connection.send('aibot_send_msg', { ...to, ...body }))
  }
  const sendCard = (chat: string, card: TemplateCard) =>
    send(chat, { msgtype: 'template_card', template_card: card })

  async function post(card: DrawnCard, target: Target) {
    const { chat } = target
    const task = taskOf(card.transfer, target)
    const template = draw(card, task)
    const stream = await streamOf(card)
    const body = stream
      ? { msgtype: 'stream_with_template_card', stream, template_card: template }
      : { msgtype: 'template_card', template_card: template }
    try {
      // Where the answer is lost nobody knows whether it is there, and the same task tells.
      const isReplied = await reply(target, body).catch((error: unknown) => {
        if (error instanceof WecomRefusal) throw error
        return false
      })
      if (!isReplied) await sendCard(chat, template)
    } catch (error) {
      // An attempt before has posted it, and its answer was lost.
      if (!isKnownTask(error)) throw error
    }
    looks.set(task, template)
    return { chat, message: task }
  }

  /** What stands above a card: its picture, which no card with buttons can have, and its link, to copy. */
  async function streamOf(card: DrawnCard): Promise<object | undefined> {
    const content = linkOf(card)
    if (content === '') return undefined
    const items =
      card.code !== null && leadsSomewhere(card)
        ? [imageOf(await api.picture(card.code, pictureFile(card), card.language))]
        : []
    return { id: randomUUID(), finish: true, content, ...(items.length > 0 && { msg_item: items }) }
  }

  async function say(message: Message, target: Target, language: string): Promise<void> {
    const { chat } = target
    const content = wordsOf(message)
    const cards = messageCards(message.buttons?.flat() ?? [], () => randomUUID(), buttons, home(), language)
    const [first, ...rest] = cards
    const stream = { id: randomUUID(), finish: true, content }
    const isReplied = await reply(
      target,
      first
        ? { msgtype: 'stream_with_template_card', stream, template_card: first }
        : { msgtype: 'stream', stream },
    )
    if (!isReplied) await send(chat, { msgtype: 'markdown', markdown: { content } })
    for (const card of isReplied ? rest : cards) await sendCard(chat, card)
    for (const card of cards) looks.set(card.task_id, card)
  }

  return {
    name: 'wecom',
    capabilities,
    post,
    say,
    draw,
    async change(request, card, only) {
      await connection.send(
        'aibot_respond_update_msg',
        { response_type: 'update_template_card', ...(only && { userids: [only] }), template_card: card },
        request,
      )
      if (!only) looks.set(card.task_id, card)
    },
    shown: (task) => looks.get(task),
    privateChat: async ({ id }) => privateChatOf(id).id,
    redraw: () => Promise.reject(new Undeliverable('a card changes where it is tapped alone')),
    sendPrivately: ({ id, language = capabilities.language }, message) =>
      say(message, { chat: privateChatOf(id).id }, language),
    ping: connection.ping,
    isAdmin: async (_, { id }) => operators.has(id),
    // WeCom tells a bot no members; but whoever acts in a group is in it.
    isMember: async (chat, { id }) => isHere(chat.id, id) || undefined,
  }
}

const REPLY = /^reply:(.+)$/s

/** The target of an answer to a message: WeCom takes one for each. */
export const replyTarget = (chat: string, request: string): Target => ({ chat, details: `reply:${request}` })

/** Which code WeCom has for it no page says. */
const isKnownTask = (error: unknown): boolean =>
  error instanceof WecomRefusal && /task_?id/i.test(error.message)

function imageOf(png: Uint8Array) {
  const md5 = createHash('md5').update(png).digest('hex')
  return { msgtype: 'image', image: { base64: Buffer.from(png).toString('base64'), md5 } }
}

/** The same for the same card asked for by the same message, however often it is posted: WeCom takes an id once. */
const taskOf = (transfer: string, { chat, details }: Target): string =>
  details === undefined
    ? randomUUID()
    : createHash('sha256')
        .update(JSON.stringify([transfer, chat, details]))
        .digest('hex')
