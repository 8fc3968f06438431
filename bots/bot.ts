import { LRUCache } from 'lru-cache'
import { short } from '../src/shared/text.ts'
import { asUnderstood, capable, fitting } from './capable.ts'
import { type Cards, openCards, type Post } from './cards.ts'
import { type ApiClient, body, Refused } from './client.ts'
import type { Command } from './commands/command.ts'
import { commandOf, commands, nearestCommand } from './commands/index.ts'
import { runOrAsk } from './commands/late.ts'
import { createDeliveries } from './deliveries.ts'
import {
  type Chat,
  type Invocation,
  type Message,
  type Messenger,
  type Person,
  type Press,
  type PressAnswer,
  type Reply,
  Undeliverable,
} from './messenger.ts'
import { createPresses } from './presses.ts'
import { inWords, type Log } from './sentences.ts'
import { texts } from './texts/index.ts'

/** How a command is answered. */
interface Out {
  post: Post
  /** @param personal whether it is for nobody else's eyes */
  say(message: Message, personal?: boolean): Promise<void>
}

/** What was heard is done; the answer may still be on its way, for as long as the messenger makes it wait. */
export interface Dispatched {
  answered: Promise<void>
}

export const DONE: Dispatched = { answered: Promise.resolve() }

/** The bot of one messenger: commands and presses in, answers and deliveries out. */
export interface Bot extends Pick<Cards, 'remember' | 'reached'> {
  /**
   * Runs a command, and ends when what it moves is in the books and its answer has begun. A command that there is not is
   * answered with the nearest that there is.
   */
  dispatch(command: string, asked: Invocation, out: Out): Promise<Dispatched>
  press(pressed: Press): Promise<PressAnswer>
  /** Makes deliveries until it is stopped. */
  deliver(): { stop(): Promise<void> }
}

/** Characters of a line that is proposed. */
const MOST_LINE = 200

export function createBot(api: ApiClient, real: Messenger, log: Log): Bot {
  const messenger = capable(real)
  const cards = openCards(api, messenger, log)
  /** How people introduced themselves last. */
  const met = new LRUCache<string, string>({ max: 10_000 })

  async function dispatch(name: string, asked: Invocation, out: Out): Promise<Dispatched> {
    if (asked.target) void cards.reached([asked.target.chat])
    if (asked.chat.kind === 'private') await meet(asked.person)
    const command = commandOf(name)
    const reply = command
      ? await run(command, asUnderstood(asked, messenger))
      : { message: suggestionFor(name, asked) }
    return { answered: reply ? answer(command, asked, reply, out) : Promise.resolve() }
  }

  /** Who talks with the bot can be told what waits for them, also where somebody names them by their handle. */
  async function meet({ messenger, id, ...labels }: Person): Promise<void> {
    const told = JSON.stringify(labels)
    if (met.get(id) === told) return
    try {
      await body(api.people[':messenger'][':id'].$put({ param: { messenger, id }, json: labels }))
      met.set(id, told)
    } catch (error) {
      log.warn({ err: error, messenger }, 'somebody who talks with the bot could not be noted')
    }
  }

  /** What a command answers; nothing where nobody can be answered, or where its card is shown already. */
  async function run(command: Command, asked: Invocation): Promise<Reply | undefined> {
    const { chat, person, language, target } = asked
    const what = { messenger: messenger.name, command: command.name }
    try {
      const carryOut = await runOrAsk(command, asked, api)
      const reply = await carryOut(asked, { api, commands, isAdmin: () => isAdmin(chat, person) })
      const isNew = command.name === 'send' && 'card' in reply && reply.card.state === 'open'
      return isNew && target && (await cards.isShown(reply.card.transfer, target.chat)) ? undefined : reply
    } catch (error) {
      if (!(error instanceof Undeliverable)) return { message: { text: inWords(error, language, log, what) } }
      log.warn({ err: error, ...what }, 'somebody cannot be answered')
      return undefined
    }
  }

  async function answer(
    command: Command | undefined,
    asked: Invocation,
    reply: Reply,
    { post, say }: Out,
  ): Promise<void> {
    const { person, language } = asked
    const what = { messenger: messenger.name, command: command?.name }
    const tell = (message: Message, personal = false) =>
      say(message, personal).catch(elsewhere(person, message))
    try {
      if ('message' in reply) await tell(reply.message, reply.personal)
      else if (command?.name === 'send') await cards.showOrLeave(reply.card, person, fitted(post))
      else await cards.repeat(reply.card, person, fitted(post))
    } catch (error) {
      if (!(error instanceof Undeliverable)) return tell({ text: inWords(error, language, log, what) })
      log.warn({ err: error, ...what }, 'somebody cannot be answered')
    }
  }

  const fitted =
    (post: Post): Post =>
    (card) =>
      post(fitting(card, messenger))

  /** Where the bot may not speak, people are answered in private. */
  const elsewhere = (person: Person, message: Message) => (error: unknown) => {
    if (error instanceof Undeliverable) return messenger.whisper(person, message)
    throw error
  }

  /** @throws Refused where the messenger doesn't tell the bot: who asked is told that. */
  async function isAdmin(chat: Chat, person: Person): Promise<boolean> {
    try {
      return await messenger.isAdmin(chat, person)
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      log.warn({ reason: error.message, messenger: messenger.name }, 'the admins of a group are not told')
      throw new Refused({ code: 'history.adminsUnknown', detail: 'The admins of the group are not known.' })
    }
  }

  return {
    dispatch,
    press: createPresses({ api, messenger, cards, log, isAdmin }),
    remember: cards.remember,
    reached: cards.reached,
    deliver: createDeliveries(api, messenger, cards, log),
  }
}

/** What somebody has probably meant by a command that there is not. */
function suggestionFor(command: string, { words, mentions, language }: Invocation): Message {
  const t = texts(language)
  const typed = command.slice(0, 32)
  const nearest = nearestCommand(command)
  if (!nearest) return { text: t('help.unknown', { typed }) }
  // Those whom the messenger points at stand in the words by marks, which nobody types.
  const rest = [...(mentions ?? [])].reduce(
    (line, [mark, who]) => line.replaceAll(mark, who !== 'bot' && who.handle ? `@${who.handle}` : '…'),
    words.trim(),
  )
  return { text: t('help.nearest', { typed, line: short(`/${nearest.name} ${rest}`.trim(), MOST_LINE) }) }
}
