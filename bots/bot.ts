import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { amountOf, type Card, cardInWords, drawCard, nameInBooks, nameOf } from './card.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import { commandOf, commands, nearestCommand } from './commands/index.ts'
import { insteadOf } from './commands/late.ts'
import { Misunderstood } from './commands/send.ts'
import { body, type Core, Refused, type Transfer } from './core.ts'
import {
  type Chat,
  encodeAction,
  type Invocation,
  type Message,
  type Messenger,
  type Person,
  type Place,
  type Press,
  type PressAnswer,
  Undeliverable,
} from './messenger.ts'
import { makeOffer, offerInWords } from './offers.ts'
import { supported, type TextKey, type Texts, texts } from './texts/index.ts'

/** What the bot needs of a logger. */
export interface Log {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** The bot of one messenger: commands and presses in, answers and deliveries out. */
export interface Bot {
  /**
   * Runs a command and answers; one that there is not with the nearest that there is. A card is posted by `post`, which tells where it hangs now; words are said by `say`,
   * which is told when they are for nobody else's eyes.
   */
  hear(
    command: string,
    asked: Invocation,
    out: {
      post(card: Card): Promise<Place | undefined>
      say(message: Message, personal?: boolean): Promise<void>
    },
  ): Promise<void>
  /** @param post posts a card where the button hangs; without it no button there can bring one */
  press(pressed: Press, post?: (card: Card) => Promise<Place | undefined>): Promise<PressAnswer>
  /** Notes where a card hangs, so that it is drawn anew when its transfer changes. */
  remember(card: Card, place: Place): Promise<void>
  /** Makes deliveries until it is stopped. */
  deliver(): { stop(): Promise<void> }
}

type Post = NonNullable<Parameters<Bot['press']>[1]>

/** Deliveries that may be under way at once: those that wait for their turn at the messenger hold up no others. */
const MOST_AT_ONCE = 100

/** How often it is looked whether a card hangs where somebody pressed, when nothing else tells. */
const LOOKS = 4
const LOOKS_PAUSE_MS = 300

/** What a press on a button of a card that is out of date is answered with. */
const OVER = ['already_collected', 'already_yours', 'cancelled', 'declined', 'expired']

/** What somebody has probably meant by a command that there is not. */
function suggestionFor(typed: string, { words, mentions, language }: Invocation): Message {
  const t = texts(language)
  const nearest = nearestCommand(typed)
  if (!nearest) return { text: t('help.unknown', { typed: typed.slice(0, 32) }) }
  // Those whom the messenger points at stand in the words by their marks, which nobody types.
  const rest = mentions?.size ? '…' : words.trim().slice(0, 200)
  return {
    text: t('help.nearest', { typed: typed.slice(0, 32), line: [`/${nearest.name}`, rest].join(' ').trim() }),
  }
}

/** A refusal as people are told it, if there are words for it. */
export function sentenceOf({ code, details }: Refused, t: Texts): string | undefined {
  const key = code.includes('.') ? code : `refusals.${code}`
  // A refusal says no more than that: who reads it, and where the money is, make other words of it.
  const context = [details.state, details.reader].filter(Boolean).join('_')
  const sentence = t(key as TextKey, { ...details, context })
  return sentence === key ? undefined : sentence
}

export function createBot(core: Core, messenger: Messenger, log: Log): Bot {
  /** Those who could not be told in private, by transfer and number. */
  const unreached = new LRUCache<string, Map<string, Told>>({ max: 10_000 })
  /** Presses that are being carried out, so that two at once bring one card. */
  const confirming = new Map<string, Promise<PressAnswer>>()
  const lookedAt = new LRUCache<string, true>({ max: 10_000, ttl: 60_000 })

  async function hear(
    name: string,
    asked: Invocation,
    { post, say }: Parameters<Bot['hear']>[2],
  ): Promise<void> {
    const { chat, person, language } = asked
    const tell = (message: Message, personal = false) =>
      say(message, personal).catch(elsewhere(person, message))
    const command = commandOf(name)
    if (!command) return tell(suggestionFor(name, asked))
    try {
      const run = await insteadOf(command, asked, core)
      const reply = await run(asked, { core, commands, isAdmin: () => isAdmin(chat, person) })
      if ('message' in reply) return await tell(reply.message, reply.personal)
      if (command.name === 'send' && (await isShown(reply.card, chat.id))) return
      const place = await post(reply.card).catch(elsewhere(person, cardInWords(reply.card)))
      if (place) await remember(reply.card, place)
    } catch (error) {
      if (!(error instanceof Undeliverable))
        return tell({ text: inWords(error, language, { command: name }) })
      log.warn({ err: error, messenger: messenger.name, command: name }, 'somebody cannot be answered')
    }
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

  /** Where the bot may not speak, people are answered in private. */
  const elsewhere = (person: Person, message: Message) => (error: unknown) => {
    if (error instanceof Undeliverable) return messenger.whisper(person, message)
    throw error
  }

  /** The same command delivered twice finds its card hanging there. */
  async function isShown(card: Card, chat: string): Promise<boolean> {
    const { items } = await body(core.transfers[':id'].cards.$get({ param: { id: card.transfer } }))
    return (
      card.state === 'open' &&
      items.some((shown) => shown.messenger === messenger.name && shown.chat === chat)
    )
  }

  async function remember(card: Card, { chat, message }: Place): Promise<void> {
    await body(
      core.transfers[':id'].cards.$post({
        param: { id: card.transfer },
        json: { messenger: messenger.name, chat, message, language: card.language, drawn: card.state },
      }),
    )
  }

  async function press(pressed: Press, post?: Post): Promise<PressAnswer> {
    try {
      if (await isBelieved(pressed)) return await act(pressed, post)
      return { toast: texts(pressed.language)('press.stale') }
    } catch (error) {
      if (error instanceof Refused && OVER.includes(error.code)) await lookAgain(pressed)
      return { toast: inWords(error, pressed.language, { press: pressed.action.do }) }
    }
  }

  /** A button is believed where its message shows it, and where a card of its transfer hangs: that has shown it before. */
  async function isBelieved({ action, buttons, place }: Press): Promise<boolean> {
    if (buttons?.includes(encodeAction(action))) return true
    if (!('transfer' in action) || !place) return false
    // A card is noted when it hangs there: who taps at that very moment is not turned away.
    for (let looks = buttons ? 1 : LOOKS; looks > 0; looks--) {
      if (await isNoted(action.transfer, place)) return true
      if (looks > 1) await sleep(LOOKS_PAUSE_MS)
    }
    return false
  }

  async function isNoted(transfer: string, place: Place): Promise<boolean> {
    const { items } = await body(core.transfers[':id'].cards.$get({ param: { id: transfer } }))
    return items.some(
      ({ messenger: name, chat, message }) =>
        name === messenger.name && chat === place.chat && message === place.message,
    )
  }

  /** The card of a button that should be gone may be one that nobody noted, because the process ended as it was posted. */
  async function lookAgain({ action, buttons, place, language }: Press): Promise<void> {
    if (!place || !('transfer' in action) || lookedAt.has(`${place.chat} ${place.message}`)) return
    // A list of transfers to choose from has buttons, too, but a card alone can collect.
    if (!buttons?.includes(encodeAction({ do: 'collect', transfer: action.transfer }))) return
    lookedAt.set(`${place.chat} ${place.message}`, true)
    try {
      if (await isNoted(action.transfer, place)) return
      const transfer = await body(core.transfers[':id'].$get({ param: { id: action.transfer } }))
      await remember({ ...drawCard(transfer, language, messenger.name), state: 'open' }, place)
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'a card that is out of date could not be noted')
    }
  }

  async function act(pressed: Press, post: Post | undefined): Promise<PressAnswer> {
    const { person, chat, language, key, action } = pressed
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
        if (!(await isAdmin(chat, person))) return { toast: t('history.onlyAdmins') }
        return {
          toast: t('press.turned'),
          message: await historyOfGroup(core, messenger.name, chat, action.cursor, language),
        }
      }
      case 'make': {
        const name = `${action.offer} ${person.id}`
        const making = confirming.get(name) ?? confirm(action.offer, pressed, post)
        confirming.set(name, making)
        return making.finally(() => confirming.delete(name))
      }
      case 'revoke': {
        const { revoked } = await body(core.offers.revoke.$post({ json: { by: person } }))
        return { toast: t(revoked > 0 ? 'press.revoked' : 'press.nothingToRevoke') }
      }
    }
  }

  /** What its sender has confirmed is made, and its card posted, however often they press. */
  async function confirm(
    offer: string,
    { person, chat, language, place }: Press,
    post: Post | undefined,
  ): Promise<PressAnswer> {
    const t = texts(language)
    if (!place || !post) return { toast: t('press.stale') }
    const transfer = await makeOffer(core, offer, person, place)
    const card = drawCard(transfer, language, messenger.name)
    if (card.state !== 'open') return { toast: card.status, message: cardInWords(card) }
    if (!(await isShown(card, chat.id))) {
      const shown = await post(card).catch(elsewhere(person, cardInWords(card)))
      if (shown) await remember(card, shown)
    }
    return {
      toast: t('press.sent', { amount: amountOf(transfer) }),
      message: { text: t('late.sent', { offer: offerInWords(transfer, t, messenger.name) }) },
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
  type Told = Extract<Delivery, { kind: 'notice' }>['to']
  const takeDeliveries = (seconds: number) =>
    body(
      core.deliveries[':messenger'].take.$post({
        param: { messenger: messenger.name },
        json: { limit: 20, seconds },
      }),
    )

  async function make(delivery: Delivery): Promise<void> {
    const { transfer } = delivery
    if (delivery.kind === 'redraw') {
      const { chat, message, language } = delivery.card
      return messenger.redraw({ chat, message }, draw(transfer, language))
    }
    const t = texts(supported(delivery.to.language ?? undefined))
    const other = delivery.notice === 'received' ? transfer.from : (transfer.collectedBy ?? transfer.to)
    const text = t(`notices.${delivery.notice}`, {
      amount: amountOf(transfer),
      name: nameInBooks(other, t, messenger.name),
      note: transfer.note ? t('notices.note', { note: transfer.note }) : '',
    })
    const { id, handle, name } = delivery.to
    await messenger.whisper(
      { messenger: messenger.name, id, handle: handle ?? undefined, name: name ?? undefined },
      { text },
    )
  }

  function draw(transfer: Transfer, language: string): Card {
    const card = drawCard(transfer, language, messenger.name)
    const t = texts(language)
    const names = [...(unreached.get(transfer.id)?.values() ?? [])].map((to) => nameOf(to, t, messenger.name))
    return names.length > 0 ? { ...card, unreached: t('card.unreached', { name: names.join(', ') }) } : card
  }

  /** Who can't be told in private is named on the cards: nobody shall wait for a word that doesn't come. */
  async function nameUnreached({ transfer, to }: Extract<Delivery, { kind: 'notice' }>): Promise<void> {
    unreached.set(transfer.id, (unreached.get(transfer.id) ?? new Map()).set(to.id, to))
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
    await body(done.$post({ param }))
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

  return { hear, press, remember, deliver }
}
