import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { validator } from 'hono/validator'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { filesIn, serveFiles } from '../../src/shared/static-content.ts'
import { decodeAction } from '../actions.ts'
import { createBot } from '../bot.ts'
import { body } from '../client.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import {
  type Chat,
  type Message,
  type Messenger,
  type PressAnswer,
  type RunningMessenger,
} from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { commandIn } from '../typed-command.ts'
import { BOT, openChats } from './chats.ts'
import { ownSiteOnly } from './own-site.ts'
import { page } from './page.ts'
import {
  group,
  isAdmin,
  isMember,
  mentionsIn,
  opening,
  people,
  privateChatOf,
  type SamplePerson,
} from './people.ts'
import { balanceOf, seed } from './seed.ts'

const MAX_FOLLOWERS = 100
/** Often enough that no proxy closes a quiet stream, in milliseconds. */
const HEARTBEAT_MS = 20_000
const BEGINNING = new Date(0)
const MAX_PAUSE_MS = 10_000

/** A messenger in the browser: the phones of sample people side by side, in chats of its own. */
export function createPlayground(
  { api, log, publicUrl }: CreateOptions<object>,
  capabilities: Capabilities,
): RunningMessenger {
  const chats = openChats()
  // Chat ids hold the run, so that cards of an earlier run, whose chats are gone, aren't taken for cards of this one.
  const placeOf = (chat: { id: string }) => `${chat.id}.${chats.run}`
  const messenger: Messenger = {
    name: 'playground',
    capabilities,
    async post(card, { chat }) {
      const [id = ''] = chat.split('.')
      return { chat: placeOf({ id }), message: chats.post(id, BOT, { card }).id }
    },
    privateChat: async (person) => placeOf(privateChatOf(person)),
    async redraw({ message }, card) {
      chats.change(message, { card })
    },
    async sendPrivately(person, message) {
      await refreshBalances()
      chats.post(privateChatOf(person).id, BOT, { message })
    },
    ping: async () => {},
    isAdmin: async (chat, person) => isAdmin(chat, person),
    // Nobody ever comes, or goes.
    isMember: async (chat, person) => isMember(chat, person) && BEGINNING,
    joinedAt: () => BEGINNING,
  }
  const bot = createBot(api, messenger, log)
  const answers = new LRUCache<string, Promise<unknown>>({ max: 1000 })
  let isSeeded = false
  const lifecycle = openLifecycle(api, messenger, log)

  async function say({ person, kind, text, replyTo, key }: z.output<typeof NewMessage>): Promise<void> {
    const chat = kind === 'group' ? group : privateChatOf(person)
    const repliedTo = replyTo === undefined ? undefined : chats.find(replyTo)
    chats.post(chat.id, person.id, { message: { text } }, repliedTo?.id)
    const command = commandIn(text, { isPrivate: chat.kind === 'private' })
    if (!command) return
    const target = { chat: placeOf(chat) }
    const { answered } = await bot.dispatch(
      command.name,
      {
        person,
        chat,
        target,
        language: person.language,
        key,
        words: command.words,
        replyTo:
          replyTo === undefined ? undefined : (people.find(({ id }) => id === repliedTo?.by) ?? 'nobody'),
        mentions: mentionsIn(command.words),
      },
      {
        post: (card) => messenger.post(card, target),
        say: async (message, personal) =>
          personal && chat.kind === 'group'
            ? sayInPrivate(person, message)
            : void chats.post(chat.id, BOT, { message }),
      },
    )
    await answered
    await refreshBalances()
  }

  async function sayInPrivate(person: SamplePerson, message: Message): Promise<void> {
    await messenger.sendPrivately(person, message)
    const t = texts(await bot.languageIn(group, person.language))
    const pointer = { text: t('group.inPrivate') }
    chats.post(group.id, BOT, { message: pointer })
  }

  async function press({ person, message, data, key }: z.output<typeof Pressed>): Promise<PressAnswer> {
    const action = decodeAction(data)
    const chat = chatWith(person, message)
    if (!action || !chat || !chats.hasButton(message, data))
      return { toast: texts(person.language)('press.stale') }
    const answer = await bot.press({ person, chat, language: person.language, key, action, buttons: [data] })
    if (answer.message) chats.change(message, { message: answer.message })
    await refreshBalances()
    return answer
  }

  /** The chat of a message that the person can see. */
  const chatWith = (person: SamplePerson, message: string): Chat | undefined =>
    [group, privateChatOf(person)].find(({ id }) => id === chats.find(message)?.chat)

  /** Gives a repeated request, from a double click or a retry, the first answer. */
  function once<T>(request: object, carryOut: () => Promise<T>): Promise<T> {
    const name = JSON.stringify(request)
    const first = answers.get(name) as Promise<T> | undefined
    if (first) return first
    const answer = carryOut()
    answers.set(name, answer)
    answer.catch(() => answers.delete(name))
    return answer
  }

  /** Sends new balances to the phones. Never fails: the command that has changed them has succeeded. */
  async function refreshBalances(): Promise<void> {
    const amounts = people.map(async (person) => [person.id, await balanceOf(api, person)] as const)
    try {
      chats.setBalances(Object.fromEntries(await Promise.all(amounts)))
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'balances could not be read')
    }
  }

  const app = new Hono()
  for (const path of ['/', '/playground/*']) app.use(path, secured, ownSiteOnly(publicUrl))
  app
    .get('/', (c) => {
      c.header('Cache-Control', 'no-store')
      c.header('Vary', 'Accept-Language')
      return c.html(page(c.req.header('accept-language')?.split(/[,;]/)[0], publicUrl()))
    })
    .get('/playground/events', (c) => {
      if (lifecycle.signal.aborted || chats.followers() >= MAX_FOLLOWERS) return c.text('Not now.', 503)
      c.header('X-Accel-Buffering', 'no')
      const response = streamSSE(c, async (stream) => {
        const left = new AbortController()
        stream.onAbort(() => left.abort())
        const heartbeat = setInterval(() => void stream.write(':\n\n'), HEARTBEAT_MS)
        try {
          for await (const { event, data } of chats.follow(left.signal))
            await stream.writeSSE({ event, data: JSON.stringify(data) })
        } catch (error) {
          if (!left.signal.aborted) throw error
        } finally {
          clearInterval(heartbeat)
        }
      })
      // A connection that stays open after the stream would hold up the stop of the service.
      response.headers.set('Connection', 'close')
      return response
    })
    .use('/playground/*', async (c, next) => {
      // The seed takes back all open transfers, so none of this run may be made before it is done.
      if (c.req.method === 'POST' && !isSeeded) return c.text('Not now.', 503)
      await next()
    })
    .post('/playground/say', valid(NewMessage), async (c) => {
      const said = c.req.valid('json')
      await once(said, () => say(said))
      return c.body(null, 204)
    })
    .post('/playground/press', valid(Pressed), async (c) => {
      const pressed = c.req.valid('json')
      const { toast } = await once(pressed, () => press(pressed))
      return c.json({ toast })
    })
    .post('/playground/messages/:id/open', valid(Opened), async (c) => {
      const { person, link: which } = c.req.valid('json')
      const id = c.req.param('id')
      const link = chatWith(person, id) && chats.linkIn(id, which)
      if (!link) return c.text('There is nothing to open.', 404)
      const { ticket } = await body(api.tickets.$post({ json: { by: person } }))
      return c.json({ ticket, next: new URL(link).pathname })
    })
    .get('/playground/messages/:id/:file{qr\\.svg|card\\.png}', async (c) => {
      const { code, language } = chats.cardIn(c.req.param('id')) ?? {}
      if (!code || !language) return c.text('There is nothing to collect.', 404)
      const file = c.req.param('file') === 'card.png' ? 'card.png' : 'qr.svg'
      c.header('Cache-Control', 'private, max-age=300')
      return c.body(await api.picture(code, file, language), 200, {
        'content-type': file === 'card.png' ? 'image/png' : 'image/svg+xml',
      })
    })
    .route('/playground', serveFiles(filesIn(new URL('./browser/', import.meta.url))))

  return {
    app,
    start: () =>
      lifecycle.start(async () => {
        const words = {
          begins: 'play credits could not be given; it is tried again',
          ends: 'play credits were given',
        }
        await lifecycle.retry(() => seed(api, chats.run), words, MAX_PAUSE_MS)
        isSeeded = true
        await refreshBalances()
        chats.post(group.id, opening.by, { message: { text: opening.text } })
        lifecycle.serve(bot, { title: 'Playground', link: '/?start={code}' })
      }),
    stop: () => lifecycle.stop(() => chats.close()),
  }
}

const PersonId = z
  .enum(people.map(({ id }) => id))
  .transform((id) => people.find((person) => person.id === id) as SamplePerson)
const Key = z.uuid()
const NewMessage = z.strictObject({
  person: PersonId,
  kind: z.enum(['group', 'private']),
  text: z.string().trim().min(1).max(2000),
  replyTo: z.uuid().optional(),
  key: Key,
})
const Opened = z.strictObject({ person: PersonId, link: z.int().min(0).default(0) })
const Pressed = z.strictObject({ person: PersonId, message: z.uuid(), data: z.string().max(64), key: Key })

const valid = <T extends z.ZodType>(schema: T) =>
  validator('json', (value, c) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? parsed.data : c.text('That is not of the right form.', 400)
  })

/** Nothing is loaded from other hosts. Without a referrer, forms would be sent with `Origin: null`, as from another site. */
const secured = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'same-origin',
  strictTransportSecurity: false,
})
