import { xml } from '@xmpp/client'
import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { createBot } from '../bot.ts'
import { commandOf } from '../commands/index.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { Message, RunningMessenger } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { texts } from '../texts/index.ts'
import { type Connection, connect, isWrongPassword, type Stanza } from './connection.ts'
import type { XmppSettings } from './index.ts'
import { type Heard, read } from './messages.ts'
import { createMessenger } from './messenger.ts'
import { openRooms } from './rooms.ts'
import { openSender } from './sender.ts'
import { bare, NS, resourceOf } from './stanzas.ts'

/** How long the same is not said again to the same: two bots would go on answering each other for ever. */
const SAID_MS = 60_000

/** The bot of an XMPP account: it talks with people, and in rooms. */
export function createXmpp(
  { settings, api, log }: CreateOptions<XmppSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const own = `${settings.local}@${settings.domain}`
  let online: Connection | undefined
  const connection = (): Connection => {
    if (!online) throw new Error('The XMPP server is not reached.')
    return online
  }
  const sender = openSender(connection)
  const rooms = openRooms({
    connection,
    always: settings.rooms,
    nick: settings.local,
    log,
    seen: ({ chat }, address, what) => {
      if (address !== own) void bot.saw(chat, { id: address }, { what, at: new Date() })
    },
    finish: (work) => lifecycle.finish(work),
  })
  /** Where people have written last: their names in rooms, by their addresses. */
  const lastAddresses = new LRUCache<string, string>(atMost(10_000))
  const alreadySaid = new LRUCache<string, true>({ ...atMost(10_000), ttl: SAID_MS })
  const inTurn = createQueues()

  const messenger = createMessenger({ connection, rooms, sender, addressOf }, capabilities)
  const lifecycle = openLifecycle(api, messenger, log, CREDENTIALS)
  const bot = createBot(api, messenger, log)

  /** A name in a room may be another's by now. */
  function addressOf(person: string): string {
    const last = lastAddresses.get(person) ?? person
    const isThere = rooms.find(bare(last))?.occupants.get(resourceOf(last))?.address === person
    return isThere ? last : person
  }

  function hear(stanza: Stanza): void {
    if (stanza.name === 'presence') return hearPresence(stanza)
    if (sender.takeIn(stanza)) return
    rooms.takeInChange(stanza)
    const invitation = invitationIn(stanza)
    if (invitation) return lifecycle.finish(rooms.accept(invitation))
    const heard = read(stanza, rooms, own)
    if (heard) lifecycle.follow(() => handle(heard))
  }

  function hearPresence(presence: Stanza): void {
    const { from = '', type } = presence.attrs
    // Whoever adds the bot to their contacts sees that it is there.
    if (type === 'subscribe')
      lifecycle.follow(() => connection().send(xml('presence', { to: bare(from), type: 'subscribed' })))
    else rooms.takeIn(presence)
  }

  async function handle(heard: Heard): Promise<void> {
    const { person, chat, room, replyTo, command, problem } = heard
    const isRoom = chat.kind === 'group'
    if (!isRoom) lastAddresses.set(person.id, replyTo)
    else if (room?.isOpen && person.id) void bot.saw(chat, person)
    if (problem) return explainProblem(heard, problem)
    if (!command || (isRoom && !command.isForUs && !commandOf(command.name))) return
    // In a room people also talk of the bot.
    if (command.isGuess && (isRoom || isSaidAlready(`help ${person.id}`))) return
    const target = { chat: chat.id }
    const say = async (message: Message, personal = false) => {
      if (isRoom && !personal) await sender.toRoom(chat.id, message.text)
      else await sender.toPerson(replyTo, message.text)
    }
    // One after the other for each person, as a command may rest on the one before it.
    const { answered } = await inTurn(person.id, () =>
      bot.dispatch(
        command.name,
        { ...command.invocation, target },
        { post: (card) => messenger.post(card, target), say, whisper: (message) => say(message, true) },
      ),
    )
    await answered
  }

  async function explainProblem(
    { person, chat, replyTo, language, room }: Heard,
    problem: NonNullable<Heard['problem']>,
  ): Promise<void> {
    const about = room ? room.chat.id : person.id
    if (isSaidAlready(`${problem} ${about}`)) return
    const text = texts(language)(`xmpp.${problem}`)
    await (chat.kind === 'group' ? sender.toRoom(chat.id, text) : sender.toPerson(replyTo, text))
  }

  function isSaidAlready(what: string): boolean {
    const isSaid = alreadySaid.has(what)
    alreadySaid.set(what, true)
    return isSaid
  }

  /** Opens a stream, goes online, and enters the rooms. */
  async function goOnline(): Promise<Connection> {
    const opened = await connect(settings, hear)
    online = opened
    void opened.closed.then(() => {
      if (online === opened) online = undefined
    })
    await opened.send(xml('presence'))
    await Promise.race([rooms.enterAll(), opened.closed])
    return opened
  }

  /** A new stream takes the place of one that has ended, for as long as the service runs. */
  async function stayOnline(first: Connection): Promise<void> {
    for (let current = first; !lifecycle.signal.aborted; current = await reach()) await current.closed
  }

  const reach = (): Promise<Connection> =>
    lifecycle.retry(goOnline, {
      begins: 'the XMPP server cannot be reached; it is tried again',
      ends: 'the XMPP server is reached',
    })

  return {
    app: new Hono(),
    start: () =>
      lifecycle.start(async () => {
        const first = await reach()
        lifecycle.serve(bot, { title: 'XMPP', link: `xmpp:${own}?message;body=%2Fstart%20{code}` })
        stayOnline(first).catch(lifecycle.giveUp)
      }),
    stop: () => lifecycle.stop(() => online?.close()),
  }
}

const CREDENTIALS = {
  areRefused: isWrongPassword,
  advice: 'XMPP_PASSWORD: the server does not take it for XMPP_ADDRESS.',
}

/** A room to which the bot is invited, by the room itself or by somebody directly. https://xmpp.org/extensions/xep-0249.html */
function invitationIn(message: Stanza): { room: string; password: string | undefined } | undefined {
  const user = message.getChild('x', NS.mucUser)
  if (user?.getChild('invite'))
    return { room: bare(message.attrs.from ?? ''), password: user.getChildText('password') ?? undefined }
  const direct = message.getChild('x', NS.invitation)
  return direct?.attrs.jid
    ? { room: bare(direct.attrs.jid).toLowerCase(), password: direct.attrs.password }
    : undefined
}
