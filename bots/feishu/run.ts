import PQueue from 'p-queue'
import { z } from 'zod'
import { short } from '../../src/shared/text.ts'
import { createBot } from '../bot.ts'
import type { DrawnCard } from '../card.ts'
import { commandOf } from '../commands/index.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { inTime } from '../in-time.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type Chat, type Message, type Person, type RunningMessenger, Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { respondInGroup } from '../responder.ts'
import { openButtons } from '../signed-buttons.ts'
import { texts } from '../texts/index.ts'
import { messageJson } from './card.ts'
import { createClient, UnknownApp } from './client.ts'
import type { FeishuSettings } from './index.ts'
import { answeredIn, commandInMessage, type FeishuMessage, MessageEvent } from './messages.ts'
import { createMessenger, type Details } from './messenger.ts'
import { openDirectory } from './people.ts'
import { pressIn, Tap } from './taps.ts'
import { createWebhook, type Told } from './webhook.ts'

const messenger = 'feishu'
/** How long the answer to a tap waits for what came of it, in milliseconds. Feishu waits for three seconds. */
const TAP_MS = 1000
/** How many taps are carried out at once: a crowd's must not keep each other from being answered in time. */
const TAPS_AT_ONCE = 20
/** From so many that wait on, the next ones would not be done in time, so they are answered at once. */
const MANY_TAPS = 50
const MAX_TOAST = 200

export function createFeishu(
  { settings, api, log }: CreateOptions<FeishuSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { appId, appSecret, encryptKey, apiRoot } = settings
  const client = createClient(settings)
  const directory = openDirectory(client)
  const buttons = openButtons(appSecret)
  const feishu = createMessenger({ api, client, buttons, log }, capabilities)
  const lifecycle = openLifecycle(api, feishu, log, CREDENTIALS)
  const bot = createBot(api, feishu, log)
  const taps = new PQueue({ concurrency: TAPS_AT_ONCE })
  const inTurn = createQueues()
  /** The bot's own id, once Feishu has been reached. */
  let own: string | undefined

  /** Takes an event, or a callback. Ends when the money that it moves is in the books. */
  async function take({ header, event }: Told): Promise<object> {
    const self = own
    if (self === undefined || lifecycle.signal.aborted)
      throw new Error('The bot is not there yet, or no more.')
    const { event_id: id, event_type: type, create_time: at } = header
    if (type === 'card.action.trigger') return takeTap(event, id)
    const sentAt = at === undefined ? new Date() : new Date(at)
    await lifecycle.takeEvent(type, () => takeEvent(type, event, sentAt, self))
    return {}
  }

  async function takeEvent(type: string, event: unknown, at: Date, self: string): Promise<void> {
    if (type === 'im.message.receive_v1') return takeMessage(MessageEvent.parse(event), self)
    if (type === 'im.chat.member.bot.added_v1') {
      const { chat_id } = InChat.parse(event)
      return lifecycle.follow(() => bot.redrawOutdated([chat_id], { isBack: true }))
    }
    const what = CHANGES.get(type)
    if (what) await takeChange(MembersEvent.parse(event), what, at)
  }

  /** Some have come into a group, or gone. */
  async function takeChange(
    { chat_id, users }: z.output<typeof MembersEvent>,
    what: 'joined' | 'left',
    at: Date,
  ): Promise<void> {
    const chat: Chat = { id: chat_id, kind: 'group' }
    await Promise.all(
      users.flatMap(({ user_id, name }) => {
        const id = user_id?.open_id
        if (!id) return []
        if (name) directory.note(id, name)
        return bot.saw(chat, { id }, { what, at })
      }),
    )
  }

  /** Takes what somebody has said. Ends when the money that it moves is in the books; the answer follows. */
  async function takeMessage(
    { sender, message }: z.output<typeof MessageEvent>,
    self: string,
  ): Promise<void> {
    const from = sender.sender_id?.open_id
    if (!from || sender.sender_type !== 'user') return
    const isGroup = message.chat_type !== 'p2p'
    const chat: Chat = isGroup ? { id: message.chat_id, kind: 'group' } : { id: from, kind: 'private' }
    const command = commandInMessage(message, self, (id, name) => {
      if (name) directory.note(id, name)
      return directory.knownPerson(id)
    })
    if (isGroup) void bot.saw(chat, { id: from })
    if (!command) return
    const key = `${messenger}:${message.message_id}`
    const details: Details = { key, thread: message.thread_id && message.message_id }
    const target = { chat: chat.id, details: JSON.stringify(details) }
    if (command === 'unreadable')
      return lifecycle.follow(async () => feishu.say(await onlyText(chat), target))
    const { name, isForUs, words, mentions } = command
    if (!isForUs && !commandOf(name)) return
    // One after the other in each chat, as a command may rest on the one before it.
    await inTurn(chat.id, async () => {
      const [person, title, language] = await Promise.all([
        directory.person(from),
        isGroup ? directory.titleOf(chat.id) : undefined,
        bot.languageIn(chat, capabilities.language),
      ])
      const ways = {
        post: (card: DrawnCard) => feishu.post(card, target),
        say: (said: Message) => feishu.say(said, target),
      }
      const { answered } = await bot.dispatch(
        name,
        {
          person,
          chat: isGroup ? { ...chat, title } : chat,
          target,
          language,
          key,
          sentAt: new Date(message.create_time),
          words,
          mentions,
          replyTo: isGroup ? await repliedTo(message) : undefined,
        },
        isGroup
          ? respondInGroup({
              ...ways,
              sayInPrivate: (said) => feishu.sendPrivately(person, said),
              closed: texts(language)('feishu.closed'),
              language,
            })
          : ways,
      )
      lifecycle.follow(() => answered)
    })
  }

  const onlyText = async (chat: Chat): Promise<Message> => ({
    text: texts(await bot.languageIn(chat, capabilities.language))('feishu.onlyText'),
  })

  /** The author of the message that is answered; `nobody` where that is a bot, or the app may not read it. */
  async function repliedTo(message: FeishuMessage): Promise<Person | 'nobody' | undefined> {
    const id = answeredIn(message)
    if (id === undefined) return undefined
    try {
      const { data } = await client.get<Messages>(`/im/v1/messages/${encodeURIComponent(id)}`, {
        user_id_type: 'open_id',
      })
      const sender = data.items?.[0]?.sender
      return sender?.sender_type === 'user' ? directory.person(sender.id) : 'nobody'
    } catch (error) {
      if (error instanceof Undeliverable) return 'nobody'
      throw error
    }
  }

  /** Takes a tap. Its answer has what came of it, if that is there in time; else the card is changed after it. */
  async function takeTap(event: unknown, id: string): Promise<object> {
    const { data: tap, error } = Tap.safeParse(event)
    if (!tap) {
      log.error({ messenger, reason: error.message }, 'a tap could not be read')
      return {}
    }
    const done = taps.add(() => carryOut(tap, `${messenger}:tap:${id}`))
    lifecycle.finish(done.then(() => {}))
    const patience = taps.size < MANY_TAPS ? TAP_MS : 0
    const carried = await inTime(patience, done)
    if (carried)
      return {
        toast: toastOf(carried),
        ...(carried.card && { card: { type: 'raw', data: carried.card } }),
      }
    lifecycle.follow(async () => tellLater(tap, await done))
    return { toast: { type: 'info', content: texts(capabilities.language)('feishu.working') } }
  }

  /** What a tap has done. */
  interface Carried {
    toast: string
    isRefused?: true | undefined
    /** What the message shows from now on. */
    card?: object | undefined
    /** Whether the message itself says what came of it. */
    isTold?: boolean
  }

  async function carryOut(tap: Tap, key: string): Promise<Carried> {
    const pressed = pressIn(tap, { key, language: capabilities.language }, buttons, directory)
    if (!pressed) return { toast: texts(capabilities.language)('press.stale'), isRefused: true }
    const { chat, person } = pressed
    const language = await bot.languageIn(chat, pressed.language)
    const { toast, isRefused, isOver, message, card } = await bot.press({ ...pressed, language })
    if (!isRefused && !person.name) lifecycle.follow(() => introduce(person.id))
    const shown = message
      ? messageJson(message, chat.id, buttons)
      : card && (await feishu.draw(card, chat.id))
    return { toast, isRefused, card: shown, isTold: message !== undefined || isOver === true }
  }

  const toastOf = ({ toast, isRefused }: Carried) => ({
    type: isRefused ? 'error' : 'success',
    content: short(toast, MAX_TOAST),
  })

  /** Shows what came of a tap whose answer couldn't wait for it. */
  async function tellLater({ operator, context }: Tap, { toast, card, isTold }: Carried): Promise<void> {
    if (card) await client.redraw(context.open_message_id, card)
    if (!isTold) await feishu.sendPrivately(directory.knownPerson(operator.open_id), { text: toast })
  }

  /** Tells the core the name of somebody who has tapped: taps don't tell it. */
  async function introduce(id: string): Promise<void> {
    if (await directory.nameOf(id)) await bot.introduce(directory.knownPerson(id))
  }

  return {
    app: createWebhook({ appId, encryptKey, take, log }),
    start: () =>
      lifecycle.start(async () => {
        const { bot: self } = await lifecycle.retry(
          () => client.get<{ bot: { open_id: string } }>('/bot/v3/info'),
          {
            begins: 'Feishu cannot be reached, or the app is no bot yet; it is tried again',
            ends: 'Feishu is reached',
          },
        )
        own = self.open_id
        const host = apiRoot.includes('larksuite') ? 'applink.larksuite.com' : 'applink.feishu.cn'
        lifecycle.serve(bot, { title: 'Feishu', link: `https://${host}/client/bot/open?appId=${appId}` })
      }),
    stop: () => lifecycle.stop(() => client.stop()),
  }
}

const CREDENTIALS = {
  areRefused: (error: unknown) => error instanceof UnknownApp,
  advice:
    'FEISHU_APP_ID, FEISHU_APP_SECRET: Feishu does not take them. Copy both anew from https://open.feishu.cn/app; those of Lark need FEISHU_API_ROOT=https://open.larksuite.com',
}

const InChat = z.object({ chat_id: z.string().min(1) })
/** https://open.feishu.cn/document/server-docs/group/chat-member/event/added-2 */
const MembersEvent = InChat.extend({
  users: z
    .array(
      z.object({
        name: z.string().optional(),
        user_id: z.object({ open_id: z.string().nullish() }).nullish(),
      }),
    )
    .default([]),
})
const CHANGES = new Map<string, 'joined' | 'left'>([
  ['im.chat.member.user.added_v1', 'joined'],
  ['im.chat.member.user.withdrawn_v1', 'left'],
  ['im.chat.member.user.deleted_v1', 'left'],
])

/** https://open.feishu.cn/document/server-docs/im-v1/message/get */
interface Messages {
  data: { items?: { sender: { id: string; sender_type: string } }[] }
}
