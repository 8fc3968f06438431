import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import type { z } from 'zod'
import { atMost } from '../../src/shared/at-most.ts'
import { encodeAction } from '../actions.ts'
import { createBot } from '../bot.ts'
import { commandOf } from '../commands/index.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { Chat, Person, RunningMessenger } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { respondInGroup } from '../responder.ts'
import { openButtons } from '../signed-buttons.ts'
import { texts } from '../texts/index.ts'
import { createClient, isBadToken } from './client.ts'
import { chatOf, type Event, Members, Postback } from './events.ts'
import type { LineSettings } from './index.ts'
import { commandInMessage, LineText } from './messages.ts'
import { createMessenger } from './messenger.ts'
import { openDirectory } from './people.ts'
import { createWebhook } from './webhook.ts'

const messenger = 'line'
/** How many taps are carried out at once: a crowd's must not keep everybody else waiting. */
const TAPS_AT_ONCE = 20
/** For how long the same isn't said again in a group about the same, in milliseconds: all read it there. */
const SAID_MS = 60_000
/** How long an answer takes until the chat shows that it is on its way, in milliseconds. */
const LOADING_MS = 700

export function createLine(
  { settings, api, log }: CreateOptions<LineSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { channelSecret, operators } = settings
  const client = createClient(settings)
  const directory = openDirectory(client)
  const buttons = openButtons(channelSecret)
  const line = createMessenger({ client, directory, buttons, operators }, capabilities)
  const lifecycle = openLifecycle(api, line, log, CREDENTIALS)
  const bot = createBot(api, line, log)
  const taps = new PQueue({ concurrency: TAPS_AT_ONCE })
  const inTurn = createQueues()
  /** Who has written which message in a group. */
  const authors = new LRUCache<string, string>(atMost(50_000))
  const said = new LRUCache<string, true>({ ...atMost(10_000), ttl: SAID_MS })
  /** The bot's own id, once LINE has been reached. */
  let own: string | undefined

  /** Takes an event. Ends when the money that it moves is in the books; the answer follows. */
  async function take(event: Event): Promise<void> {
    const chat = chatOf(event)
    if (!chat || event.mode !== 'active') return
    await lifecycle.takeEvent(event.type, () => carryOut(event, chat))
  }

  async function carryOut(event: Event, chat: Chat): Promise<void> {
    const { type } = event
    if (type === 'message') return takeMessage(event, chat, LineText.parse(event.message))
    if (type === 'postback') return taps.add(() => takeTap(event, chat, Postback.parse(event.postback)))
    if (type === 'follow') return dispatch(event, chat, { name: 'start', words: '' })
    if (type === 'join') return lifecycle.follow(() => greet(event, chat))
    if (type === 'memberJoined') return takeChange(event, chat, 'joined', Members.parse(event.joined))
    if (type === 'memberLeft') return takeChange(event, chat, 'left', Members.parse(event.left))
  }

  async function takeMessage(event: Event, chat: Chat, message: LineText): Promise<void> {
    const from = event.source?.userId
    if (chat.kind === 'group' && from) {
      authors.set(message.id, from)
      void bot.saw(chat, { id: from })
    }
    const command = commandInMessage(message, chat.kind === 'private', directory.knownPerson)
    if (!command) return
    if (command === 'unreadable') return explain(event, chat, 'onlyText')
    const { name, isForUs, words, mentions, isUntold } = command
    if (!isForUs && !commandOf(name)) return
    if (!from || isUntold) return explain(event, chat, from ? 'untold' : 'unknown')
    await dispatch(event, chat, { name, words, mentions, replyTo: repliedTo(message, chat) }, message.id)
  }

  /** The author of the message that is answered; `nobody` where the bot hasn't heard it, as one of its own. */
  function repliedTo({ quotedMessageId: id }: LineText, { kind }: Chat): Person | 'nobody' | undefined {
    if (id === undefined || kind === 'private') return undefined
    const author = authors.get(id)
    return author === undefined ? 'nobody' : directory.knownPerson(author)
  }

  interface Given {
    name: string
    words: string
    mentions?: Map<string, Person | 'bot'>
    replyTo?: Person | 'nobody' | undefined
  }

  /** @param id of the message that gives the command, or of the event */
  async function dispatch(event: Event, chat: Chat, given: Given, id = event.webhookEventId): Promise<void> {
    const from = event.source?.userId ?? ''
    const key = `${messenger}:${id}`
    const target = { chat: chat.id, details: key }
    const { name, ...rest } = given
    // One after the other in each chat, as a command may rest on the one before it.
    await inTurn(chat.id, async () => {
      const isGroup = chat.kind === 'group'
      const [person, title] = await Promise.all([
        directory.person(from, chat),
        isGroup ? directory.titleOf(chat) : undefined,
      ])
      const language = await bot.languageIn(chat, person.language ?? capabilities.language)
      const answers = line.answering(chat.id, event)
      const ways = {
        post: (card: Parameters<typeof answers.post>[0]) => answers.post(card, target),
        say: answers.say,
      }
      const timer = isGroup
        ? undefined
        : setTimeout(() => lifecycle.follow(() => client.showLoading(from)), LOADING_MS)
      const { answered } = await bot
        .dispatch(
          name,
          {
            person,
            chat: isGroup ? { ...chat, title } : chat,
            target,
            language,
            key,
            sentAt: new Date(event.timestamp),
            ...rest,
          },
          isGroup
            ? respondInGroup({
                ...ways,
                sayInPrivate: (message) => line.sendPrivately(person, message),
                closed: texts(language)('line.closed'),
                language,
              })
            : { ...ways, whisper: answers.say },
        )
        .finally(() => clearTimeout(timer))
      lifecycle.follow(() => answered)
    })
  }

  function explain(event: Event, chat: Chat, why: 'onlyText' | 'untold' | 'unknown'): void {
    lifecycle.follow(async () => {
      const id = event.source?.userId
      const person = id === undefined ? undefined : await directory.person(id, chat)
      const language = await bot.languageIn(chat, person?.language ?? capabilities.language)
      await line.answering(chat.id, event).say({ text: texts(language)(`line.${why}`) })
    })
  }

  async function greet(event: Event, chat: Chat): Promise<void> {
    const language = await bot.languageIn(chat, capabilities.language)
    await line.answering(chat.id, event).say({ text: texts(language)('line.joined') })
  }

  /** Some have come into a group, or gone. */
  async function takeChange(
    { timestamp }: Event,
    chat: Chat,
    what: 'joined' | 'left',
    { members }: z.output<typeof Members>,
  ): Promise<void> {
    const at = new Date(timestamp)
    await Promise.all(members.flatMap(({ userId: id }) => (id ? bot.saw(chat, { id }, { what, at }) : [])))
  }

  /** Carries out a tap. LINE has no answer that whoever has tapped reads alone: in a group all read what came of it. */
  async function takeTap(event: Event, chat: Chat, { data }: z.output<typeof Postback>): Promise<void> {
    const id = event.source?.userId
    if (!id) return explain(event, chat, 'unknown')
    const isGroup = chat.kind === 'group'
    const person = isGroup ? directory.knownPerson(id) : await directory.person(id, chat)
    const language = await bot.languageIn(chat, person.language ?? capabilities.language)
    const decoded = buttons.decode(data)
    const action = decoded?.chat === chat.id ? decoded.action : undefined
    const key = `${messenger}:tap:${event.webhookEventId}`
    const { toast, message, isRefused, isOver } = action
      ? await bot.press({
          person,
          chat,
          language,
          key,
          action,
          buttons: [encodeAction(action)],
          target: { chat: chat.id, details: key },
        })
      : { toast: texts(language)('press.stale'), isRefused: true, isOver: true }
    lifecycle.follow(async () => {
      const { say } = line.answering(chat.id, event)
      if (!isGroup || message) return say(message ?? { text: toast })
      // That it is over concerns everybody; the rest is for whoever has tapped.
      const to = isOver ? undefined : await directory.namedPerson(id, chat)
      if (to?.name && !isRefused) await bot.introduce(to)
      if (isRefused && isSaid(JSON.stringify([chat.id, data, isOver || id, toast]))) return
      await say({ text: to?.name ? `${to.name}: ${toast}` : toast })
    })
  }

  /** Whether the same was just said. From now on it is. */
  function isSaid(what: string): boolean {
    const before = said.has(what)
    said.set(what, true)
    return before
  }

  return {
    app: createWebhook({ channelSecret, own: () => own, take, log }),
    start: () =>
      lifecycle.start(async () => {
        const { userId, basicId } = await lifecycle.retry(client.whoAmI, {
          begins: 'LINE cannot be reached; it is tried again',
          ends: 'LINE is reached',
        })
        own = userId
        // It opens the chat with the code written, to be sent.
        const link = `https://line.me/R/oaMessage/${encodeURIComponent(basicId)}/?{code}`
        lifecycle.serve(bot, { title: 'LINE', link })
      }),
    stop: () => lifecycle.stop(() => client.stop()),
  }
}

const CREDENTIALS = {
  areRefused: isBadToken,
  advice:
    'LINE_CHANNEL_ACCESS_TOKEN: LINE does not take it. Issue another one at https://developers.line.biz/console, under Messaging API.',
}
