import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { atMost } from '../../src/shared/at-most.ts'
import { encodeAction } from '../actions.ts'
import { createBot } from '../bot.ts'
import type { DrawnCard } from '../card.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { inTime } from '../in-time.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type Message, type RunningMessenger, Undeliverable } from '../messenger.ts'
import { openOnce } from '../once.ts'
import { respondInGroup } from '../responder.ts'
import { texts } from '../texts/index.ts'
import { fitsCard, messageTemplate, openButtons, type TemplateCard, withNotice, wordsOf } from './card.ts'
import { createConnection, isBadSecret } from './connection.ts'
import type { WecomSettings } from './index.ts'
import { chatOf, commandInMessage, type Tap, WecomEvent, WecomMessage } from './messages.ts'
import { createMessenger, replyTarget } from './messenger.ts'
import { personOf } from './people.ts'

const messenger = 'wecom'
/** How long a tap waits for what came of it, in milliseconds. WeCom takes the card's change within five seconds. */
const TAP_MS = 3500
/** For how long whoever has acted in a group counts as being in it, in milliseconds. */
const HERE_MS = 60_000
/** For how long the same message is known, in milliseconds. */
const KNOWN_MS = 10 * 60_000
/** How many taps are carried out at once: a crowd's must not keep each other from being answered in time. */
const TAPS_AT_ONCE = 50

export function createWecom(
  { settings, api, publicUrl, log }: CreateOptions<WecomSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const buttons = openButtons(settings.secret)
  const connection = createConnection({
    settings,
    take: (kind, body, request) =>
      lifecycle.follow(() => (kind === 'message' ? takeMessage(body, request) : takeEvent(body, request))),
    // Deliveries are the other process's from now on.
    onOusted: () => void stop(),
    retry: (open) => lifecycle.retry(open, WORDS).catch(lifecycle.giveUp),
    log,
  })
  /** Who has just said or tapped something in which group. */
  const here = new LRUCache<string, true>({ ...atMost(50_000), ttl: HERE_MS })
  const wecom = createMessenger(
    {
      api,
      connection,
      buttons,
      operators: settings.operators,
      isHere: (chat, userId) => here.has(`${chat} ${userId}`),
      home: publicUrl,
    },
    capabilities,
  )
  const lifecycle = openLifecycle(api, wecom, log, CREDENTIALS)
  const bot = createBot(api, wecom, log)
  const taps = new PQueue({ concurrency: TAPS_AT_ONCE })
  const once = openOnce<void>(KNOWN_MS)

  /** Takes what somebody has said. Ends when the money that it moves is in the books; the answer follows. */
  async function takeMessage(body: unknown, request: string): Promise<void> {
    const { data: message, error } = WecomMessage.safeParse(body)
    if (!message) return unreadable(error, 'a message could not be read')
    return once(message.msgid, () => carryOutMessage(message, request))
  }

  async function carryOutMessage(message: WecomMessage, request: string): Promise<void> {
    const { msgid, from, create_time: seconds } = message
    const chat = chatOf(message)
    const target = replyTarget(chat.id, request)
    const language = await bot.languageIn(chat, capabilities.language)
    const t = texts(language)
    if (from.corpid) return wecom.say({ text: t('wecom.outsider') }, target, language)
    const person = personOf(from.userid)
    here.set(`${chat.id} ${person.id}`, true)
    const command = commandInMessage(message)
    if (command === 'plainText') return wecom.say({ text: t('wecom.plainText') }, target, language)
    if (!command) return
    const { name, ...words } = command
    const ways = {
      post: (card: DrawnCard) => wecom.post(card, target),
      say: (said: Message) => wecom.say(said, target, language),
    }
    const { answered } = await bot.dispatch(
      name,
      {
        person,
        chat,
        target,
        language,
        key: `${messenger}:${msgid}`,
        ...(seconds !== undefined && { sentAt: new Date(seconds * 1000) }),
        ...words,
      },
      chat.kind === 'group'
        ? respondInGroup({
            ...ways,
            sayInPrivate: (said) => wecom.sendPrivately({ ...person, language }, said),
            closed: t('wecom.closed'),
            language,
          })
        : ways,
    )
    lifecycle.follow(() => answered)
  }

  async function takeEvent(body: unknown, request: string): Promise<void> {
    const { data: event, error } = WecomEvent.safeParse(body)
    if (!event) return unreadable(error, 'an event could not be read')
    if (event.event.eventtype === 'template_card_event')
      return once(event.msgid, () => takeTap(event as Tap, request))
    if (event.event.eventtype === 'enter_chat') return once(event.msgid, () => welcome(event, request))
  }

  /** Greets whoever opens the bot for the first time on a day, which WeCom takes within five seconds. */
  async function welcome({ from, msgid }: WecomEvent, request: string): Promise<void> {
    if (from.corpid) return
    const person = personOf(from.userid)
    const chat = chatOf({ from })
    const say = async (said: Message) => {
      const greeting = { msgtype: 'text', text: { content: wordsOf(said) } }
      await connection.send('aibot_respond_welcome_msg', greeting, request)
    }
    const { language } = capabilities
    const post = () => Promise.reject(new Undeliverable('a greeting has no card'))
    const invocation = { person, chat, language, key: `${messenger}:${msgid}`, words: '' }
    const { answered } = await bot.dispatch('start', invocation, { post, say })
    await answered
  }

  /** Takes a tap. The card says what came of it, if that is there in time; else a message does. */
  async function takeTap(tap: Tap, request: string): Promise<void> {
    const done = taps.add(() => carryOut(tap))
    lifecycle.finish(done.then(() => {}))
    const carried = await inTime(TAP_MS, done)
    const working = { notice: texts(capabilities.language)('wecom.working') }
    const isTold = await tellOnCard(tap, request, carried ?? working)
    if (!(carried && isTold)) await tellInPrivate(tap, await done)
  }

  /** What a tap has done. */
  interface Carried {
    /** For the one who has tapped alone. */
    notice: string
    /** What the card shows from now on to all. */
    card?: TemplateCard | undefined
    /** Whether the card itself says what came of it. */
    isSaid?: boolean
  }

  async function carryOut(tap: Tap): Promise<Carried> {
    const { from, event, msgid } = tap
    const { event_key: key, task_id: task } = event.template_card_event
    const chat = chatOf(tap)
    const language = await bot.languageIn(chat, capabilities.language)
    const t = texts(language)
    if (from.corpid) return { notice: t('wecom.outsider') }
    const action = buttons.decode(key, task)
    if (!action) return { notice: t('press.stale') }
    here.set(`${chat.id} ${from.userid}`, true)
    const { toast, message, card } = await bot.press({
      person: personOf(from.userid),
      chat,
      language,
      key: `${messenger}:tap:${msgid}`,
      action,
      place: { chat: chat.id, message: task },
      buttons: [encodeAction(action)],
      target: { chat: chat.id, details: `tap:${msgid}` },
    })
    if (message && fitsCard(message))
      return { notice: toast, card: messageTemplate(message, task, buttons, publicUrl()), isSaid: true }
    if (message) await wecom.say(message, { chat: chat.id }, language)
    return { notice: toast, card: card && wecom.draw(card, task) }
  }

  /**
   * Has the card changed for all, or else, with what came of the tap, for the one who has tapped: a tap takes one change.
   * @returns whether they were told
   */
  async function tellOnCard(tap: Tap, request: string, { notice, card, isSaid }: Carried): Promise<boolean> {
    const shown = wecom.shown(tap.event.template_card_event.task_id)
    try {
      if (card) await wecom.change(request, card)
      else if (shown) await wecom.change(request, withNotice(shown, notice), tap.from.userid)
      return card ? isSaid === true : shown !== undefined
    } catch (error) {
      log.warn({ err: error, messenger }, 'a card could not be changed at a tap')
      return false
    }
  }

  async function tellInPrivate({ from }: Tap, { notice }: Carried): Promise<void> {
    await wecom.sendPrivately(personOf(from.userid), { text: notice })
  }

  const unreadable = (error: { message: string }, message: string) =>
    log.error({ messenger, reason: error.message }, message)

  function stop(): Promise<void> {
    connection.stopTaking()
    return lifecycle.stop(connection.close)
  }

  return {
    app: new Hono(),
    start: () =>
      lifecycle.start(async () => {
        await lifecycle.retry(connection.open, WORDS)
        // No address that a browser opens leads to a bot there.
        lifecycle.serve(bot, { title: 'WeCom', link: 'https://work.weixin.qq.com/' })
      }),
    stop,
  }
}

const WORDS = { begins: 'WeCom cannot be reached; it is tried again', ends: 'WeCom is reached' }
const CREDENTIALS = {
  areRefused: isBadSecret,
  advice:
    'WECOM_BOT_ID, WECOM_BOT_SECRET: WeCom does not take them; copy both anew from the API mode of the bot',
}
