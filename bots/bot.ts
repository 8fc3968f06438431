import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { openAttention } from './attention.ts'
import { amountOf, type Card, drawCard, nameOf } from './card.ts'
import type { Command } from './commands/command.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import { commands } from './commands/index.ts'
import { Misunderstood } from './commands/send.ts'
import { body, type Core, type Identity, Refused, type Transfer } from './core.ts'
import {
  type Invocation,
  type Message,
  type Messenger,
  type Person,
  type Place,
  type Press,
  type PressAnswer,
  type Reply,
  Undeliverable,
} from './messenger.ts'
import { supported, type TextKey, type Texts, texts } from './texts/index.ts'

/** What the bot needs of a logger. */
export interface Log {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** How a command is answered. */
interface Out {
  post(card: Card): Promise<Place>
  say(message: Message, personal?: boolean): Promise<void>
}

/** What was heard is done; the answer may still be on its way, for as long as the messenger makes it wait. */
export interface Heard {
  answered: Promise<void>
}

/** The bot of one messenger: commands and presses in, answers and deliveries out. */
export interface Bot {
  /**
   * Runs a command, and ends when what it moves is in the books and its answer has begun. A card is posted by `post`,
   * which tells where it hangs now; words are said by `say`, which is told when they are for nobody else's eyes.
   */
  hear(command: string, asked: Invocation, out: Out): Promise<Heard>
  press(pressed: Press): Promise<PressAnswer>
  /** Notes where a card hangs, so that it is drawn anew when its transfer changes. */
  remember(card: Card, place: Place): Promise<void>
  /**
   * Has cards there that are out of date drawn anew: the bot can reach these chats.
   * @param isBack whether it could not before; else it is enough to look now and then
   */
  reached(chats: string[], isBack?: boolean): Promise<void>
  /** Makes deliveries until it is stopped. */
  deliver(): { stop(): Promise<void> }
}

/** Deliveries that may be under way at once: those that wait for their turn at the messenger hold up no others. */
const MOST_AT_ONCE = 100

/** How long a card may be on its way in one delivery, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

/** How often a card or a chat is looked at for what is out of date, in milliseconds. */
const LOOKED_MS = 60_000

/** What a press on a button of a card that is out of date is answered with. */
const OVER = ['already_collected', 'already_yours', 'cancelled', 'declined', 'expired']

/** A refusal as people are told it, if there are words for it. */
export function sentenceOf({ code, details }: Refused, t: Texts): string | undefined {
  const key = code.includes('.') ? code : `refusals.${code}`
  const sentence = t(key as TextKey, details)
  return sentence === key ? undefined : sentence
}

const introduced = ({ messenger, id, handle, name }: Identity): Person => ({
  messenger,
  id,
  handle: handle ?? undefined,
  name: name ?? undefined,
})

const stillUnderWay = () => {
  throw new Error('The card is still on its way.')
}

export function createBot(core: Core, messenger: Messenger, log: Log): Bot {
  /** Names of those who could not be told in private, by transfer. */
  const unreached = new LRUCache<string, Set<string>>({ max: 10_000 })
  /** Cards of new transfers that are on their way, by transfer and, in private, by person. */
  const showing = new Map<string, Promise<void>>()
  const attention = openAttention()
  /** How people introduced themselves last. */
  const met = new LRUCache<string, string>({ max: 10_000 })
  const known = new LRUCache<string, true>({ max: 10_000, ttl: LOOKED_MS })
  const lookedAt = new LRUCache<string, true>({ max: 10_000, ttl: LOOKED_MS })

  async function hear(name: string, asked: Invocation, out: Out): Promise<Heard> {
    const command = commands.find((one) => one.name === name)
    if (asked.target) void reached([asked.target.chat])
    if (asked.chat.kind === 'private') await meet(asked.person)
    const reply = command && (await run(command, asked))
    return { answered: reply ? answer(name, asked, reply, out) : Promise.resolve() }
  }

  /** Who talks with the bot can be told what waits for them, also where somebody names them by their handle. */
  async function meet({ messenger, id, ...labels }: Person): Promise<void> {
    const told = JSON.stringify(labels)
    if (met.get(id) === told) return
    try {
      await body(core.people[':messenger'][':id'].$put({ param: { messenger, id }, json: labels }))
      met.set(id, told)
    } catch (error) {
      log.warn({ err: error, messenger }, 'somebody who talks with the bot could not be noted')
    }
  }

  /** What a command answers; nothing where nobody can be answered, or where its card is shown already. */
  async function run(command: Command, asked: Invocation): Promise<Reply | undefined> {
    const { chat, person, language } = asked
    try {
      const isAdmin = () => messenger.isAdmin(chat, person)
      const reply = await command.run(asked, { core, commands, isAdmin })
      const isRepeated = command.name === 'send' && 'card' in reply && (await isShown(reply.card, asked))
      return isRepeated ? undefined : reply
    } catch (error) {
      if (!(error instanceof Undeliverable))
        return { message: { text: inWords(error, language, { command: command.name }) } }
      log.warn(
        { err: error, messenger: messenger.name, command: command.name },
        'somebody cannot be answered',
      )
      return undefined
    }
  }

  async function answer(name: string, asked: Invocation, reply: Reply, { post, say }: Out): Promise<void> {
    const { person, language } = asked
    const tell = (message: Message, personal = false) =>
      say(message, personal).catch(elsewhere(person, message))
    try {
      if ('message' in reply) await tell(reply.message, reply.personal)
      else if (name === 'send') await show(reply.card, person, post).catch(later)
      else await remember(reply.card, await posted({ ...reply.card, mention: false }, person, post))
    } catch (error) {
      if (!(error instanceof Undeliverable))
        return tell({ text: inWords(error, language, { command: name }) })
      log.warn({ err: error, messenger: messenger.name, command: name }, 'somebody cannot be answered')
    }
  }

  /** The card of a transfer that holds money comes by a delivery, which is there since before the money moved. */
  const later = (error: unknown) =>
    log.warn(
      { err: error, messenger: messenger.name },
      'a card could not be posted; it is tried again in a moment',
    )

  /**
   * Shows a new transfer where it was asked for, or else to its sender in private. Where it can't be shown to anybody, its
   * sender has the money back: nothing is held that nobody sees.
   */
  function show(card: Card, sender: Person, post: Out['post']): Promise<void> {
    return onItsWay(card.transfer, async () => {
      try {
        const mention = mayDisturb(card.transfer, sender, card.to)
        await remember(card, await posted({ ...card, mention }, sender, post), true)
      } catch (error) {
        if (!(error instanceof Undeliverable)) throw error
        await takeBack(card, sender)
        log.warn(
          { messenger: messenger.name, transfer: card.transfer, reason: error.message },
          'a transfer was taken back: its card can be shown neither where it was asked for nor to its sender',
        )
      }
    })
  }

  /** Whoever comes while it is on its way waits for the same. */
  function onItsWay(name: string, post: () => Promise<void>): Promise<void> {
    const underWay = showing.get(name)
    if (underWay) return underWay
    const shown = post().finally(() => showing.delete(name))
    showing.set(name, shown)
    return shown
  }

  /** Nobody is disturbed who doesn't want it, or too often. */
  const mayDisturb = (transfer: string, sender: { id: string }, to: Card['to']): boolean =>
    !!to &&
    to.messenger === messenger.name &&
    !to.quiet &&
    attention(transfer, sender.id, to.handle?.toLowerCase() ?? String(to.id))

  async function takeBack({ transfer }: Card, sender: Person): Promise<void> {
    const json = { by: sender, key: `unshown:${transfer}` }
    await body(core.transfers[':id'].cancel.$post({ param: { id: transfer }, json })).catch(
      (error: unknown) => {
        if (!(error instanceof Refused && OVER.includes(error.code))) throw error
      },
    )
  }

  /** Where the bot may not speak, a card is posted in private. */
  const posted = (card: Card, person: Person, post: Out['post']): Promise<Place> =>
    post(card).catch(async (error: unknown) => {
      if (!(error instanceof Undeliverable) || person.messenger !== messenger.name) throw error
      return messenger.post(card, { chat: await messenger.privateChat(person) })
    })

  /** Where the bot may not speak, people are answered in private. */
  const elsewhere = (person: Person, message: Message) => (error: unknown) => {
    if (error instanceof Undeliverable) return messenger.whisper(person, message)
    throw error
  }

  /** The same command delivered twice finds its card hanging there. */
  async function isShown(card: Card, { target }: Invocation): Promise<boolean> {
    if (showing.has(card.transfer)) return true
    return card.state === 'open' && target !== undefined && (await hangsIn(target.chat, card.transfer))
  }

  async function hangsIn(chat: string, transfer: string): Promise<boolean> {
    const { items } = await body(core.transfers[':id'].cards.$get({ param: { id: transfer } }))
    return items.some((shown) => shown.messenger === messenger.name && shown.chat === chat)
  }

  async function remember(card: Card, { chat, message }: Place, posted = false): Promise<void> {
    await body(
      core.transfers[':id'].cards.$post({
        param: { id: card.transfer },
        json: {
          messenger: messenger.name,
          chat,
          message,
          language: card.language,
          drawn: card.state,
          posted,
        },
      }),
    )
  }

  async function reached(chats: string[], isBack = false): Promise<void> {
    const wanted = isBack ? chats : chats.filter((chat) => !known.has(chat))
    if (wanted.length === 0) return
    for (const chat of wanted) known.set(chat, true)
    const param = { messenger: messenger.name }
    await body(core.chats[':messenger'].reached.$post({ param, json: { chats: wanted } })).catch(
      (error: unknown) =>
        log.warn({ err: error, messenger: messenger.name }, 'cards that are out of date could not be found'),
    )
  }

  async function press(pressed: Press): Promise<PressAnswer> {
    try {
      return await act(pressed)
    } catch (error) {
      if (error instanceof Refused && OVER.includes(error.code)) await lookAgain(pressed)
      return { toast: inWords(error, pressed.language, { press: pressed.action.do }) }
    }
  }

  /**
   * The card of a button that should be gone may be one that nobody noted, because the process ended as it was posted, or
   * one that could not be drawn anew.
   */
  async function lookAgain({ action, place, language }: Press): Promise<void> {
    if (!place || action.do === 'history' || lookedAt.has(`${place.chat} ${place.message}`)) return
    lookedAt.set(`${place.chat} ${place.message}`, true)
    try {
      const param = { id: action.transfer }
      const { items } = await body(core.transfers[':id'].cards.$get({ param }))
      const noted = items.find(({ chat, message }) => chat === place.chat && message === place.message)
      const transfer = await body(core.transfers[':id'].$get({ param }))
      if (noted?.drawn === transfer.state) return
      await remember({ ...drawCard(transfer, noted?.language ?? language), state: 'open' }, place)
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'a card that is out of date could not be noted')
    }
  }

  async function act({ person, chat, language, key, action }: Press): Promise<PressAnswer> {
    const t = texts(language)
    switch (action.do) {
      case 'collect': {
        const { transfer } = await body(
          core.claims.$post({ json: { transfer: action.transfer, by: person, key } }),
        )
        return { toast: t('press.collected', { amount: amountOf(transfer) }) }
      }
      case 'cancel':
      case 'decline': {
        const asked = { param: { id: action.transfer }, json: { by: person, key } }
        const one = core.transfers[':id']
        const transfer = await body(
          action.do === 'cancel' ? one.cancel.$post(asked) : one.decline.$post(asked),
        )
        const done = action.do === 'cancel' ? 'press.cancelled' : 'press.declined'
        return { toast: t(done, { amount: amountOf(transfer) }) }
      }
      case 'history': {
        if (action.of === 'person')
          return {
            toast: t('press.turned'),
            message: await historyOfPerson(core, person, action.cursor, language),
          }
        if (!(await messenger.isAdmin(chat, person))) return { toast: t('history.onlyAdmins') }
        return {
          toast: t('press.turned'),
          message: await historyOfGroup(core, messenger.name, chat, action.cursor, language),
        }
      }
    }
  }

  /** What went wrong, for the one who asked; what nobody foresaw is logged, and said plainly. */
  function inWords(error: unknown, language: string, what: object): string {
    const t = texts(language)
    const refused = error instanceof Misunderstood ? error.refused : error
    const sentence = refused instanceof Refused && sentenceOf(refused, t)
    if (sentence) return error instanceof Misunderstood ? `${sentence}\n${error.explanation}` : sentence
    log.error({ err: refused, messenger: messenger.name, ...what }, 'a command could not be carried out')
    return t('refusals.unknown')
  }

  type Delivery = Awaited<ReturnType<typeof takeDeliveries>>['items'][number]
  const takeDeliveries = (seconds: number) =>
    body(
      core.deliveries[':messenger'].take.$post({
        param: { messenger: messenger.name },
        json: { limit: 20, seconds },
      }),
    )

  async function make(delivery: Delivery): Promise<void> {
    const { transfer } = delivery
    if (delivery.kind === 'post') return patiently(post(delivery))
    if (delivery.kind === 'redraw') {
      const { chat, message, language } = delivery.card
      return messenger.redraw({ chat, message }, draw(transfer, language))
    }
    if (delivery.notice === 'waiting') return patiently(tellOfWaiting(delivery))
    const t = texts(supported(delivery.to.language ?? undefined))
    const other = delivery.notice === 'received' ? transfer.from : (transfer.collectedBy ?? transfer.to)
    const text = t(`notices.${delivery.notice}`, {
      amount: amountOf(transfer),
      name: nameOf(other, t),
      note: transfer.note ? t('notices.note', { note: transfer.note }) : '',
    })
    await messenger.whisper(introduced(delivery.to), { text })
  }

  /** A delivery ends in time; what is on its way goes on, and the delivery that comes again waits for the same. */
  const patiently = (post: Promise<void>): Promise<void> =>
    Promise.race([post, sleep(DELIVERY_MS, undefined, { ref: false }).then(stillUnderWay)])

  /** Posts a card that its command has not posted: it may be about to, or its process is no more. */
  async function post({ transfer, target }: Extract<Delivery, { kind: 'post' }>): Promise<void> {
    if (!transfer.from) return
    const card = drawCard(transfer, target.language)
    await show(card, introduced(transfer.from), (drawn) => messenger.post(drawn, target))
  }

  /** Shows somebody in private what waits for them, unless it hangs there already or they are not to be disturbed. */
  const tellOfWaiting = ({ transfer, to }: Extract<Delivery, { kind: 'notice' }>): Promise<void> =>
    onItsWay(`${transfer.id} ${to.id}`, async () => {
      if (!transfer.from || !mayDisturb(transfer.id, transfer.from, transfer.to)) return
      const language = supported(to.language ?? undefined)
      const card = { ...drawCard(transfer, language), hint: texts(language)('notices.waiting') }
      const buttons = card.buttons.filter((button) => !('action' in button) || button.action.do !== 'cancel')
      try {
        const chat = await messenger.privateChat(introduced(to))
        if (await hangsIn(chat, transfer.id)) return
        await remember(card, await messenger.post({ ...card, buttons }, { chat }))
      } catch (error) {
        // Who can't be reached finds the card where it hangs.
        if (!(error instanceof Undeliverable)) throw error
      }
    })

  function draw(transfer: Transfer, language: string): Card {
    const card = drawCard(transfer, language)
    const names = unreached.get(transfer.id)
    return names
      ? { ...card, unreached: texts(language)('card.unreached', { name: [...names].join(', ') }) }
      : card
  }

  /** Who can't be told in private is named on the cards: nobody shall wait for a word that doesn't come. */
  async function nameUnreached({ transfer, to }: Extract<Delivery, { kind: 'notice' }>): Promise<void> {
    const names = unreached.get(transfer.id) ?? new Set()
    unreached.set(transfer.id, names.add(nameOf(to, texts('en'))))
    const { items } = await body(core.transfers[':id'].cards.$get({ param: { id: transfer.id } }))
    const own = items.filter((card) => card.messenger === messenger.name)
    await Promise.allSettled(
      own.map(({ chat, message, language }) => messenger.redraw({ chat, message }, draw(transfer, language))),
    )
  }

  async function carryOut(delivery: Delivery): Promise<void> {
    const param = { messenger: messenger.name, id: delivery.id }
    const { done, failed } = core.deliveries[':messenger'][':id']
    try {
      await make(delivery)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await body(
        failed.$post({
          param,
          json: { reason: reason.slice(0, 500), final: error instanceof Undeliverable },
        }),
      )
      if (error instanceof Undeliverable && delivery.kind === 'notice') await nameUnreached(delivery)
      return
    }
    const query = delivery.kind === 'redraw' ? { drawn: delivery.transfer.state } : {}
    await body(done.$post({ param, query }))
  }

  function deliver() {
    let stopping = false
    const underWay = new Set<Promise<void>>()
    const failed = (error: unknown) =>
      log.error({ err: error, messenger: messenger.name }, 'deliveries are in trouble; it is tried again')
    const loop = (async () => {
      while (!stopping) {
        try {
          const { items } = await takeDeliveries(2)
          for (const item of items) {
            const made = carryOut(item)
              .catch(failed)
              .finally(() => underWay.delete(made))
            underWay.add(made)
          }
          while (underWay.size >= MOST_AT_ONCE) await Promise.race(underWay)
        } catch (error) {
          failed(error)
          if (!stopping) await new Promise((resolve) => setTimeout(resolve, 1000))
        }
      }
      await Promise.all(underWay)
    })()
    return {
      stop: async () => {
        stopping = true
        await loop
      },
    }
  }

  return { hear, press, remember, reached, deliver }
}
