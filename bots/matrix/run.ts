import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { atMost } from '../../src/shared/at-most.ts'
import { encodeAction } from '../actions.ts'
import { createBot } from '../bot.ts'
import { fitMessage } from '../capabilities.ts'
import { actionOf, isChoice } from '../choices.ts'
import { commandOf } from '../commands/index.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { Chat, Message, Person, RunningMessenger } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { type Responder, respondInGroup } from '../responder.ts'
import { texts } from '../texts/index.ts'
import { textContent } from './card.ts'
import { createClient, isBadToken, MatrixRefusal } from './client.ts'
import { changeIn, invitationIn, RoomEvent } from './events.ts'
import type { MatrixSettings } from './index.ts'
import { answeredBy, Content, commandInMessage, type Self, type WrittenCommand } from './messages.ts'
import { createMessenger, transactionOf } from './messenger.ts'
import { openDirectory } from './people.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { hear, type News, REACHING } from './sync.ts'

/** For how long the same isn't said again about the same, in milliseconds. */
const SAID_MS = 60_000
/** How many numbers are carried out at once: a crowd's must not keep everybody else waiting. */
const PRESSES_AT_ONCE = 20
/** How long an answer takes until the room shows that it is on its way, and for how long it does, in milliseconds. */
const TYPING_MS = { after: 700, lasts: 10_000 }
const RETRIES = { retries: Number.POSITIVE_INFINITY, maxTimeout: 30_000 }

/** The bot of a Matrix account: it talks with people, and in rooms that are not encrypted. */
export function createMatrix(
  { settings, api, log }: CreateOptions<MatrixSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const client = createClient(settings)
  const directory = openDirectory(client)
  /** Once the homeserver is reached. */
  let reached: { self: Self; rooms: Rooms } | undefined
  const here = () => {
    if (!reached) throw new Error('The Matrix homeserver is not reached.')
    return reached
  }
  const rooms = () => here().rooms
  const messenger = createMessenger({ api, client, rooms, log }, capabilities)
  const lifecycle = openLifecycle(api, messenger, log, CREDENTIALS)
  const bot = createBot(api, messenger, log)
  const presses = new PQueue({ concurrency: PRESSES_AT_ONCE })
  const inTurn = createQueues()
  /** How many answers take long in each room. */
  const late = new Map<string, number>()
  const said = new LRUCache<string, true>({ ...atMost(10_000), ttl: SAID_MS })

  /** Carries out what has happened. Ends when the money that it moves is in the books; the answers follow. */
  async function take(news: News[]): Promise<void> {
    await Promise.all(news.map(takeRoom))
  }

  async function takeRoom({ room, as, state, events }: News): Promise<void> {
    if (as === 'leave') return rooms().takeIn(room, { type: 'm.room.member' })
    if (as === 'invite') return untilDone('invite', () => join(room, state))
    for (const one of state) noteState(room, RoomEvent.safeParse(one).data)
    const read = events.map((event) => ({ event, parsed: RoomEvent.safeParse(event).data }))
    for (const { parsed } of read) noteState(room, parsed)
    // What was said before the bot was invited is not for it.
    const begin = read.findLastIndex(({ parsed }) => parsed !== undefined && isOwnArrival(parsed))
    await Promise.all(
      read
        .slice(begin + 1)
        .map(({ event, parsed }) =>
          untilDone(parsed?.type ?? 'event', () => carryOut(RoomEvent.parse(event), room)),
        ),
    )
  }

  /** Once it is carried out, or nobody can be told of it. What has failed is tried again until the stop: the next start is told it again. */
  const untilDone = (type: string, work: () => Promise<void>): Promise<void> =>
    pRetry(() => lifecycle.takeEvent(type, work), { ...RETRIES, signal: lifecycle.signal })

  function noteState(room: string, event: RoomEvent | undefined): void {
    if (event?.state_key === undefined) return
    rooms().takeIn(room, event)
    directory.note(event, room)
  }

  /** Whether somebody has invited the bot with it, or it has come without that. */
  function isOwnArrival({ type, state_key: key, content, unsigned }: RoomEvent): boolean {
    if (type !== 'm.room.member' || key !== here().self.id) return false
    const before = String(unsigned?.prev_content?.membership)
    return (
      content.membership === 'invite' ||
      (content.membership === 'join' && !['join', 'invite'].includes(before))
    )
  }

  async function carryOut(event: RoomEvent, room: string): Promise<void> {
    const { self } = here()
    const { type, sender, origin_server_ts: at } = event
    if (sender === self.id) return
    if (type === 'm.room.message') return takeMessage(event, room)
    if (type === 'm.room.encryption') return explain(room, 'encrypted')
    const kind = await rooms().kindOf(room)
    if (type === 'm.room.encrypted') return kind === 'private' ? explain(room, 'encrypted') : undefined
    const what = changeIn(event)
    if (!what || kind === 'private') return
    const who = { id: event.state_key ?? '' }
    await bot.saw({ id: room, kind }, who, { what, at: new Date(at) })
    if (what === 'left') lifecycle.follow(() => leaveIfEmpty(room))
  }

  /** Goes into a room to which somebody has invited the bot. */
  async function join(room: string, state: unknown[]): Promise<void> {
    const invitation = invitationIn(state, here().self.id)
    if (invitation?.isDirect) await rooms().addPrivate(room, invitation.by)
    try {
      await client.post(['rooms', room, 'join'], {})
    } catch (error) {
      if (!(error instanceof MatrixRefusal)) throw error
      return log.warn({ room, reason: error.message }, 'a room could not be entered')
    }
    if (await rooms().isEncrypted(room)) return explain(room, 'encrypted')
    if (!invitation?.isDirect) explain(room, 'joined')
  }

  async function leaveIfEmpty(room: string): Promise<void> {
    if (!(await rooms().isEmpty(room))) return
    await client.post(['rooms', room, 'leave'], {})
  }

  async function takeMessage(event: RoomEvent, room: string): Promise<void> {
    const { self } = here()
    const content = Content.parse(event.content)
    const kind = await rooms().kindOf(room)
    const isPrivate = kind === 'private'
    if (isPrivate) rooms().wroteIn(room, event.sender)
    else void bot.saw({ id: room, kind }, { id: event.sender })
    const command = commandInMessage(content, isPrivate, self)
    if (!command) return
    if (command === 'unreadable') return explain(room, 'onlyText')
    if (!command.isForUs && !commandOf(command.name)) return
    // In a room people also talk of the bot; and two bots would go on answering each other for ever.
    if (command.isGuess && (!isPrivate || isSaid(`help ${event.sender}`))) return
    // One after the other for each person, as a command may rest on the one before it.
    await inTurn(event.sender, async () => {
      const [person, title] = await Promise.all([
        directory.person(event.sender),
        isPrivate ? undefined : directory.titleOf(room),
      ])
      const given: Given = { event, command, person, chat: { id: room, kind, title } }
      await showingTyping(room, () =>
        isChoice(command.name) && !isPrivate ? presses.add(() => press(given)) : dispatch(given, content),
      )
    })
  }

  interface Given {
    event: RoomEvent
    command: WrittenCommand
    person: Person
    chat: Chat
  }

  async function dispatch({ event, command, person, chat }: Given, content: Content): Promise<void> {
    const { name, words, mentioned } = command
    const key = keyOf(event)
    const target = { chat: chat.id, details: key }
    const language = await bot.languageIn(chat, capabilities.language)
    const ways: Responder = {
      post: (card) => messenger.post(card, target),
      say: speaker(chat, event),
    }
    const responder =
      chat.kind === 'private'
        ? { ...ways, whisper: ways.say }
        : respondInGroup({
            ...ways,
            sayInPrivate: (message) => messenger.sendPrivately(person, message),
            closed: texts(language)('matrix.closed'),
            language,
          })
    const { answered } = await bot.dispatch(
      name,
      {
        person,
        chat,
        target,
        language,
        key,
        sentAt: new Date(event.origin_server_ts),
        words,
        mentions: new Map(await Promise.all(mentioned.map(named))),
        replyTo: chat.kind === 'private' ? undefined : await repliedTo(content, chat),
      },
      responder,
    )
    lifecycle.follow(() => answered)
  }

  const named = async (id: string): Promise<[string, Person | 'bot']> => [
    id,
    id === here().self.id ? 'bot' : await directory.person(id),
  ]

  /** Presses the button for which somebody has typed its number in a room. All read there what came of it. */
  async function press({ event, command, person, chat }: Given): Promise<void> {
    const key = keyOf(event)
    const language = await bot.languageIn(chat, capabilities.language)
    const action = await actionOf(command.name, { messenger: 'matrix', chat: chat.id }, api)
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
      : {
          toast: texts(language)('press.noChoice', { typed: command.name }),
          message: undefined,
          isRefused: true,
          isOver: true,
        }
    lifecycle.follow(async () => {
      const say = speaker(chat, event)
      if (message) return say(await fitMessage(message, async () => chat.id, messenger, api))
      // That it is over concerns everybody; the rest is for whoever has typed it.
      if (isRefused && isSaid(JSON.stringify([chat.id, command.name, isOver || person.id, toast]))) return
      await say({ text: isOver ? toast : `${person.name}: ${toast}` })
    })
  }

  /** Says something about an event: however often that is carried out, each once. */
  function speaker({ id: room, kind }: Chat, { event_id: id }: RoomEvent) {
    let count = 0
    return async ({ text }: Message): Promise<void> => {
      count += 1
      const content = textContent(text, kind === 'private' ? 'm.text' : 'm.notice')
      await client.send(room, content, transactionOf(id, count))
    }
  }

  /** The author of the message that is answered; `nobody` where that is the bot, or can't be known. */
  async function repliedTo(content: Content, { id: room }: Chat): Promise<Person | 'nobody' | undefined> {
    const id = answeredBy(content)
    if (id === undefined) return undefined
    const author = await client
      .get<RoomEvent>(['rooms', room, 'event', id])
      .then(({ sender }) => sender)
      .catch((error: unknown) => {
        if (!(error instanceof MatrixRefusal)) throw error
      })
    return author === undefined || author === here().self.id ? 'nobody' : directory.person(author)
  }

  /** Shows in the room that an answer is on its way, where one takes long. */
  async function showingTyping(room: string, work: () => Promise<void>): Promise<void> {
    let isLate = false
    const count = (more: 1 | -1) => {
      const before = late.get(room) ?? 0
      const now = before + more
      if (now > 0) late.set(room, now)
      else late.delete(room)
      if (before === 0 || now === 0) lifecycle.follow(() => showTyping(room, now > 0))
    }
    const timer = setTimeout(() => {
      isLate = true
      count(1)
    }, TYPING_MS.after)
    await work().finally(() => {
      clearTimeout(timer)
      if (isLate) count(-1)
    })
  }

  const showTyping = (room: string, typing: boolean): Promise<void> =>
    client.put(['rooms', room, 'typing', here().self.id], {
      typing,
      ...(typing && { timeout: TYPING_MS.lasts }),
    })

  function explain(room: string, what: 'encrypted' | 'joined' | 'onlyText'): void {
    if (isSaid(`${what} ${room}`)) return
    lifecycle.follow(async () => {
      const language = await bot.languageIn({ id: room, kind: 'group' }, capabilities.language)
      await client.send(room, textContent(texts(language)(`matrix.${what}`), 'm.notice'))
    })
  }

  /** Whether the same was just said. From now on it is. */
  function isSaid(what: string): boolean {
    const before = said.has(what)
    said.set(what, true)
    return before
  }

  async function reach(): Promise<{ self: Self; rooms: Rooms }> {
    const id = await client.whoAmI()
    const self = { id, name: (await directory.person(id)).name }
    return { self, rooms: await openRooms(client, id) }
  }

  return {
    app: new Hono(),
    start: () =>
      lifecycle.start(async () => {
        reached = await lifecycle.retry(reach, REACHING)
        const { id } = reached.self
        lifecycle.serve(bot, { title: 'Matrix', link: `https://matrix.to/#/${encodeURIComponent(id)}` })
        hear({ client, own: id, lifecycle, log, take }).catch(lifecycle.giveUp)
      }),
    stop: () => lifecycle.stop(() => client.stop()),
  }
}

const CREDENTIALS = {
  areRefused: isBadToken,
  advice:
    'MATRIX_ACCESS_TOKEN: the homeserver does not take it. How to get another one is in docs/messengers/matrix.md.',
}

/** An event's id may be longer than a key. */
const keyOf = ({ event_id: id }: RoomEvent): string =>
  `matrix:${createHash('sha256').update(id).digest('base64url')}`
