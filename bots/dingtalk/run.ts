import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { atMost } from '../../src/shared/at-most.ts'
import { createBot } from '../bot.ts'
import type { DrawnCard } from '../card.ts'
import { body } from '../client.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { inTime } from '../in-time.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { Message, Person, PressAnswer, RunningMessenger } from '../messenger.ts'
import { respondInGroup } from '../responder.ts'
import { texts } from '../texts/index.ts'
import { fitting, messageData, NOTICE, openButtons } from './card.ts'
import { BY_NAME, type Change, openCards } from './cards.ts'
import { createClient, isBadSecret } from './client.ts'
import type { DingtalkSettings } from './index.ts'
import { BotMessage, chatOf, commandInMessage, MESSAGES, senderOf } from './messages.ts'
import { createMessenger } from './messenger.ts'
import { openDirectory, personOf } from './people.ts'
import { createStream } from './stream.ts'
import { pressIn, TAPS, Tap } from './taps.ts'

const messenger = 'dingtalk'
/**
 * How long the answer to a tap waits for what came of it, in milliseconds. DingTalk waits for two seconds; what comes later is put
 * onto the card by a call.
 */
const TAP_MS = 1000
/** For how long whoever has acted in a group counts as being in it, in milliseconds. */
const HERE_MS = 60_000
/** How many taps are carried out at once: a crowd's must not keep each other from being answered in time. */
const TAPS_AT_ONCE = 50

export function createDingtalk(
  { settings, api, log }: CreateOptions<DingtalkSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { clientId, clientSecret, cardTemplate } = settings
  const client = createClient(settings)
  const directory = openDirectory(client)
  const buttons = openButtons(clientSecret)
  const cards = openCards(client, cardTemplate, clientId)
  /** Who has just said or tapped something in which group. */
  const here = new LRUCache<string, true>({ ...atMost(50_000), ttl: HERE_MS })
  const isHere = (chat: string, userId: string) => here.has(`${chat} ${userId}`)
  const dingtalk = createMessenger(
    { api, client, cards, buttons, directory, robotCode: clientId, isHere },
    capabilities,
  )
  const lifecycle = openLifecycle(api, dingtalk, log, CREDENTIALS)
  const bot = createBot(api, dingtalk, log)
  /** Who has written with which id of their messages. */
  const senders = new LRUCache<string, Person>(atMost(10_000))
  const taps = new PQueue({ concurrency: TAPS_AT_ONCE })
  const companies = new LRUCache<string, Promise<boolean>>({ max: 100 })
  const stream = createStream({
    connect: () => client.openStream([MESSAGES, TAPS]),
    take: async (topic, data, id) => (topic === TAPS ? takeTap(data, id) : takeMessage(data)),
    retry: (open) => lifecycle.retry(open, WORDS).catch(lifecycle.giveUp),
    log,
  })

  /**
   * Whether a company is the one of these books: ids of people are told apart inside of one company alone, so those of another one
   * would be taken for other people.
   */
  function isOurs(company: string): Promise<boolean> {
    const known = companies.get(company)
    if (known) return known
    const param = { messenger, bot: company }
    const asked = body(api.messengers[':messenger'].bots[':bot'].$put({ param })).then(
      ({ first }) => first === company,
    )
    companies.set(company, asked)
    asked.catch(() => companies.delete(company))
    return asked
  }

  /** Takes what somebody has said. Ends when the money that it moves is in the books; the answer follows. */
  async function takeMessage(data: unknown): Promise<null> {
    const read = BotMessage.safeParse(data)
    if (!read.success) {
      log.error({ messenger, reason: read.error.message }, 'a message could not be read')
      return null
    }
    const message = read.data
    if (message.chatbotCorpId && !(await isOurs(message.chatbotCorpId))) {
      log.error({ messenger }, OTHER_COMPANY)
      return null
    }
    const person = senderOf(message)
    if (!person) {
      const language = await bot.languageIn(chatOf(message, ''), capabilities.language)
      lifecycle.follow(() => replyTo(message, texts(language)('dingtalk.outsider')))
      return null
    }
    senders.set(message.senderId, person)
    const chat = chatOf(message, person.id)
    here.set(`${chat.id} ${person.id}`, true)
    const target = { chat: chat.id, details: message.msgId }
    const language = await bot.languageIn(chat, capabilities.language)
    const t = texts(language)
    const command = await commandInMessage(message, directory, (id) => senders.get(id))
    if (typeof command === 'string')
      lifecycle.follow(() => dingtalk.say({ text: t(`dingtalk.${command}`) }, target))
    if (!command || typeof command === 'string') return null
    const { name, ...words } = command
    const ways = {
      post: (card: DrawnCard) => dingtalk.post(card, target),
      say: (said: Message) => dingtalk.say(said, target),
    }
    const { answered } = await bot.dispatch(
      name,
      {
        person,
        chat,
        target,
        language,
        key: `${messenger}:${message.msgId}`,
        sentAt: new Date(message.createAt),
        ...words,
      },
      chat.kind === 'group'
        ? respondInGroup({
            ...ways,
            sayInPrivate: (said) => dingtalk.sendPrivately(person, said),
            closed: t('dingtalk.closed'),
            language,
          })
        : ways,
    )
    lifecycle.follow(() => answered)
    return null
  }

  /** Answers by the address that came along with a message: its author has no id by which they could be reached. */
  async function replyTo({ sessionWebhook }: BotMessage, text: string): Promise<void> {
    if (sessionWebhook) await client.reply(sessionWebhook, fitting(text))
  }

  /** Takes a tap. Its answer has what came of it, if that is there in time; else the card is told after it. */
  async function takeTap(data: unknown, id: string): Promise<object> {
    const read = Tap.safeParse(data)
    if (!read.success) {
      log.error({ messenger, reason: read.error.message }, 'a tap could not be read')
      return { cardUpdateOptions: BY_NAME }
    }
    const tap = read.data
    const change = taps.add(() => carryOut(tap, `${messenger}:tap:${id}`))
    lifecycle.finish(change.then(() => {}))
    const carried = await inTime(
      TAP_MS,
      change.catch(() => undefined),
    )
    if (!carried) lifecycle.follow(async () => tellOnCard(tap, await change))
    return {
      cardUpdateOptions: BY_NAME,
      ...(carried?.data && { cardData: { cardParamMap: carried.data } }),
      ...(carried && { userPrivateData: { cardParamMap: { [NOTICE]: carried.notice } } }),
    }
  }

  interface Carried {
    notice: string
    data?: Change['data']
  }

  async function carryOut(tap: Tap, key: string): Promise<Carried> {
    const { outTrackId: id, corpId, userId, userIdType } = tap
    const language = capabilities.language
    if (!userId || userIdType !== 1 || (corpId && !(await isOurs(corpId))))
      return { notice: texts(language)('dingtalk.outsider') }
    const pressed = await pressIn(tap, { key, language }, buttons, directory)
    if (!pressed) return { notice: texts(language)('press.stale') }
    here.set(`${pressed.chat.id} ${userId}`, true)
    const said = await bot.languageIn(pressed.chat, language)
    const { toast, message, isRefused }: PressAnswer = await bot.press({ ...pressed, language: said })
    if (!isRefused && !pressed.person.name) lifecycle.follow(() => introduce(userId))
    const shown =
      message && messageData(message, buttons.encode(message.buttons?.flat() ?? [], id, pressed.chat.id))
    return { notice: toast, data: shown }
  }

  /** Tells the core the name of somebody who has tapped without one. */
  async function introduce(userId: string): Promise<void> {
    const person = personOf(userId, await directory.nameOf(userId))
    if (person.name) await bot.introduce(person)
  }

  async function tellOnCard({ outTrackId, userId }: Tap, { notice, data }: Carried): Promise<void> {
    await cards.change(outTrackId, { data, notices: userId ? { [userId]: notice } : {} })
  }

  return {
    app: new Hono(),
    start: () =>
      lifecycle.start(async () => {
        await lifecycle.retry(stream.open, WORDS)
        // No address that a browser opens leads to a bot there.
        lifecycle.serve(bot, { title: 'DingTalk', link: 'https://www.dingtalk.com/' })
      }),
    stop() {
      // First of all: what comes from now on is another process's.
      stream.stopTaking()
      return lifecycle.stop(() => {
        client.stop()
        return stream.close()
      })
    },
  }
}

const WORDS = { begins: 'DingTalk cannot be reached; it is tried again', ends: 'DingTalk is reached' }
const CREDENTIALS = {
  areRefused: isBadSecret,
  advice:
    'DINGTALK_CLIENT_ID, DINGTALK_CLIENT_SECRET: DingTalk does not take them; copy both anew from https://open-dev.dingtalk.com',
}
const OTHER_COMPANY =
  'DINGTALK_CLIENT_ID: the app is of another company than the one that these books are of; ids of people would be mixed up, so nothing is taken from it'
