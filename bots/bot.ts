import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { asTyped } from '../src/shared/text.ts'
import { encodeAction } from './actions.ts'
import { createButtonHandler } from './button-press.ts'
import { fitCard, fitInvocation, fitMessage, withinCapabilities } from './capabilities.ts'
import { type Cards, openCards, type Post } from './cards.ts'
import { actionOf, isChoice } from './choices.ts'
import { type ApiClient, body, Refused } from './client.ts'
import { namedIn } from './commands/admins.ts'
import type { Command } from './commands/command.ts'
import { runOrConfirm } from './commands/delayed.ts'
import { commandOf, commandsIn, nearestCommand } from './commands/index.ts'
import { rulesOf } from './commands/rules.ts'
import { createDeliveries } from './deliveries.ts'
import type { Log } from './log.ts'
import {
  type ButtonPress,
  type Chat,
  type Invocation,
  type Message,
  type Messenger,
  type Person,
  type PressAnswer,
  type Reply,
  Undeliverable,
  wordsAsTyped,
} from './messenger.ts'
import { explain } from './refusals.ts'
import type { Responder } from './responder.ts'
import { openSights, type Sight } from './sights.ts'
import { texts } from './texts/index.ts'

/** A command that is carried out. Its answer may still be on its way, for as long as the messenger's rate limits take. */
export interface Dispatched {
  answered: Promise<void>
}

/** Nothing was asked, and nothing is answered. */
export const DONE: Dispatched = { answered: Promise.resolve() }

/** The bot of one messenger: takes commands and button presses, answers them, and makes deliveries. */
export interface Bot extends Pick<Cards, 'recordCard' | 'redrawOutdated'> {
  /**
   * Runs a command. Ends when the money that it moves is in the books; its answer follows. An unknown command is answered
   * with the one of the most similar name.
   * @param command its name, or one of its aliases
   */
  dispatch(command: string, invocation: Invocation, responder: Responder): Promise<Dispatched>
  /** The language of what the bot says in a chat: the group's, where it has chosen one; else that of whom it answers. */
  languageIn(chat: Chat, language: string): Promise<string>
  /** Tells the core what somebody is called, whom it may have met without a name. */
  introduce(person: Person): Promise<void>
  /** Tells the core of who is there in a group, or has come or gone, so that they may take what is for those who were there before. */
  saw(chat: Chat, person: Pick<Person, 'id'>, sight?: Partial<Sight>): Promise<void>
  /** Carries out a button press. Answers also where it is refused, or fails. */
  press(pressed: ButtonPress): Promise<PressAnswer>
  /** Starts to make deliveries. `stop` ends when those under way are made. */
  deliver(): { stop(): Promise<void> }
}

/** For how long a group's language is not asked for again, in milliseconds. */
const LANGUAGE_MS = 5000

/** The longest name of an unknown command that an answer repeats, in characters. */
const MAX_NAME = 32

/** The longest command line that is suggested, in characters. */
const MAX_LINE = 200

/**
 * Creates the bot of a messenger. It does nothing by itself until `deliver` is called.
 * @param real the messenger, which is called only within its capabilities
 */
export function createBot(api: ApiClient, real: Messenger, log: Log): Bot {
  const messenger = withinCapabilities(real, api)
  const cards = openCards(api, messenger, log)
  /** What the core was last told of people, by their id. */
  const introduced = new LRUCache<string, string>(atMost(10_000))
  /** The languages that groups have chosen, by chat; `null`: none. */
  const chosen = new LRUCache<string, { language: string | null }>({ ...atMost(10_000), ttl: LANGUAGE_MS })
  const saw = openSights(api, messenger.name, log)
  const pressButton = createButtonHandler({ api, messenger, cards, log, isAdmin })

  async function dispatch(name: string, given: Invocation, responder: Responder): Promise<Dispatched> {
    const invocation = { ...given, language: await languageIn(given.chat, given.language) }
    if (invocation.target) void cards.redrawOutdated([invocation.target.chat])
    if (invocation.chat.kind === 'private') await introduce(invocation.person)
    else if (!invocation.asGroup) void see(invocation.chat, invocation.person)
    const command = commandOf(name)
    const reply = command
      ? await run(command, fitInvocation(invocation, messenger))
      : isChoice(name)
        ? await choose(name, invocation)
        : { message: suggestionFor(name, invocation) }
    return { answered: reply ? answer(command, invocation, reply, responder) : Promise.resolve() }
  }

  /** Whoever acts in a group is there. */
  function see(chat: Chat, person: Person): Promise<void> {
    const at = messenger.joinedAt?.(person)
    return saw(chat, person, at && { what: 'joined', at })
  }

  async function languageIn(chat: Chat, language: string): Promise<string> {
    if (chat.kind === 'private') return language
    const known = chosen.get(chat.id)
    if (known) return known.language ?? language
    try {
      const { rules } = await rulesOf(api, messenger.name, chat)
      chosen.set(chat.id, { language: rules.language ?? null })
      return rules.language ?? language
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'the language of a group could not be looked up')
      return language
    }
  }

  /** Tells the core of somebody who writes to the bot, so that a transfer for their handle can be announced to them. */
  async function introduce({ messenger, id, ...labels }: Person): Promise<void> {
    const told = JSON.stringify(labels)
    if (introduced.get(id) === told) return
    try {
      await body(api.people[':messenger'][':id'].$put({ param: { messenger, id }, json: labels }))
      introduced.set(id, told)
    } catch (error) {
      log.warn({ err: error, messenger }, 'somebody who talks with the bot could not be noted')
    }
  }

  /** Presses the button for which somebody has typed its number. */
  async function choose(number: string, invocation: Invocation): Promise<Reply> {
    const { person, chat, language, key, target } = invocation
    const about = { messenger: messenger.name, press: 'choice' }
    try {
      const action = await actionOf(number, { messenger: messenger.name, chat: chat.id }, api)
      if (!action) return { message: { text: texts(language)('press.noChoice', { typed: number }) } }
      const buttons = [encodeAction(action)]
      const { toast, message } = await press({ person, chat, language, key, action, target, buttons })
      return { message: message ?? { text: toast }, personal: true }
    } catch (error) {
      return { message: { text: explain(error, language, log, about) } }
    }
  }

  async function press(pressed: ButtonPress): Promise<PressAnswer> {
    if (pressed.chat.kind === 'group') void see(pressed.chat, pressed.person)
    const answer = await pressButton(pressed)
    if (pressed.action.do === 'rules') chosen.delete(pressed.chat.id)
    return answer
  }

  /** What a command answers; undefined where nobody can be answered, or where its card is shown already. */
  async function run(command: Command, invocation: Invocation): Promise<Reply | undefined> {
    const { chat, person, language, target } = invocation
    const about = { messenger: messenger.name, command: command.name }
    try {
      const carryOut = await runOrConfirm(command, invocation, api)
      const reply = await carryOut(invocation, {
        api,
        commands: commandsIn(messenger.capabilities),
        capabilities: messenger.capabilities,
        isAdmin: async () => invocation.asGroup ?? isAdmin(chat, person),
      })
      const isNew = 'card' in reply && reply.isNew
      // A messenger may deliver the same command again, also to another process.
      return isNew && target && (await cards.isShown(reply.card, target.chat)) ? undefined : reply
    } catch (error) {
      if (!(error instanceof Undeliverable))
        return { message: { text: explain(error, language, log, about) } }
      log.warn({ err: error, ...about }, 'somebody cannot be answered')
      return undefined
    }
  }

  async function answer(
    command: Command | undefined,
    invocation: Invocation,
    reply: Reply,
    { post, say, whisper = (message) => messenger.sendPrivately(invocation.person, message) }: Responder,
  ): Promise<void> {
    const { person, chat, target, language } = invocation
    const about = { messenger: messenger.name, command: command?.name }
    const tell = async (message: Message, personal = false) =>
      say(await fitting(message, personal), personal).catch(orInPrivate(person, message))
    const fitting = (message: Message, personal: boolean) => {
      const readIn = async () => (personal ? messenger.privateChat(person) : chat.id)
      return fitMessage(message, readIn, messenger, api)
    }
    const shownIn = target?.chat ?? chat.id
    const postFitting: Post = async (card) => post(await fitCard(card, shownIn, messenger, api))
    try {
      if ('message' in reply) {
        await tell(reply.message, reply.personal)
      } else if (reply.isNew) await cards.showOrDefer(reply.card, person, postFitting)
      else await cards.repeat(reply.card, person, postFitting)
      if (reply.whisper) await whisper(await fitting(reply.whisper, true))
    } catch (error) {
      if (!(error instanceof Undeliverable)) return tell({ text: explain(error, language, log, about) })
      log.warn({ err: error, ...about }, 'somebody cannot be answered')
    }
  }

  /** Where the bot may not write in a chat, people are answered in private. */
  const orInPrivate = (person: Person, message: Message) => (error: unknown) => {
    if (error instanceof Undeliverable) return messenger.sendPrivately(person, message)
    throw error
  }

  /**
   * Asks the messenger, and tells the core, which then need not ask it again.
   * @throws Refused where the messenger doesn't give the bot its admins; the person reads why
   */
  async function isAdmin(chat: Chat, person: Person): Promise<boolean> {
    if (messenger.capabilities.namesAdmins) {
      const named = await namedIn(api, messenger.name, chat)
      if (named.some(({ id }) => id === person.id)) return true
    }
    const admin = await messenger.isAdmin(chat, person).catch((error: unknown) => {
      if (!(error instanceof Undeliverable)) throw error
      log.warn({ reason: error.message, messenger: messenger.name }, 'the admins of a group are not told')
      throw new Refused({ code: 'admins_unknown', detail: 'The admins of the group are not known.' })
    })
    await body(
      api.chats[':messenger'][':chat'].members[':id'].$put({
        param: { messenger: messenger.name, chat: chat.id, id: person.id },
        // Whoever gives a command in a chat is in it.
        json: { admin, member: true },
      }),
    )
    return admin
  }

  return {
    dispatch,
    languageIn,
    introduce,
    saw,
    press,
    recordCard: cards.recordCard,
    redrawOutdated: cards.redrawOutdated,
    deliver: createDeliveries(api, messenger, cards, log),
  }
}

/** The command that somebody has probably meant by an unknown one. */
function suggestionFor(command: string, invocation: Invocation): Message {
  const t = texts(invocation.language)
  const typed = asTyped(command, MAX_NAME)
  const nearest = nearestCommand(command, invocation.language)
  if (!nearest) return { text: t('help.unknown', { typed }) }
  const line = asTyped(`/${nearest.name} ${wordsAsTyped(invocation)}`, MAX_LINE)
  return { text: t('help.nearest', { typed, line }) }
}
