import { LRUCache } from 'lru-cache'
import { CLOSED } from '../src/shared/closed.ts'
import { encodeAction } from './actions.ts'
import { openAttention } from './attention.ts'
import { type DrawnCard, drawCard } from './card.ts'
import { type ApiClient, body, Refused, type TransferView } from './client.ts'
import { type Messenger, type Person, type Place, type Press, Undeliverable } from './messenger.ts'
import type { Log } from './sentences.ts'

export type Post = (card: DrawnCard) => Promise<Place>

/** The cards of one messenger: posts them, notes where they hang, and has those that are out of date drawn anew. */
export interface Cards {
  /**
   * Shows a new transfer where it was asked for, or else to its sender in private. Where it can't be shown to anybody, its
   * sender has the money back: nothing is held that nobody sees.
   */
  show(card: DrawnCard, sender: Person, post: Post): Promise<void>
  /** The same, but that never fails: a card that can't be posted now comes by its delivery. */
  showOrLeave(card: DrawnCard, sender: Person, post: Post): Promise<void>
  /** Posts a card of a transfer that is shown already; where the bot may not speak, in private. */
  repeat(card: DrawnCard, person: Person, post: Post): Promise<void>
  /** Posts a card to somebody in private, unless it hangs there already. Throws Undeliverable where they can't be reached. */
  showInPrivate(card: DrawnCard, person: Person): Promise<void>
  /** Whether its card hangs in a chat, or is on its way. */
  isShown(transfer: string, chat: string): Promise<boolean>
  /** Whether a card of the transfer hangs in this very message. */
  isNoted(transfer: string, place: Place): Promise<boolean>
  remember(card: DrawnCard, place: Place): Promise<void>
  /**
   * The pressed card with its transfer as that is now, for the answer to the press. Nothing where it is not a card, where
   * the messenger has every card drawn anew by its delivery, or where its language can't be told.
   */
  pressed(pressed: Press, transfer: TransferView): Promise<DrawnCard | undefined>
  /** Notes the card of a button that should be gone, so that it is drawn anew. Answers it like `pressed`. */
  lookAgain(pressed: Press): Promise<DrawnCard | undefined>
  /**
   * Has cards there that are out of date drawn anew: the bot can reach these chats.
   * @param isBack whether it could not before; else it is enough to look now and then
   */
  reached(chats: string[], isBack?: boolean): Promise<void>
  /** Whether who a transfer is for may be told so: they want it, and not too often. */
  mayDisturb(transfer: string, sender: { id: string }, to: TransferView['to'] | undefined): boolean
}

/** How often a card or a chat is looked at for what is out of date, in milliseconds. */
const LOOKED_MS = 60_000

/** What a press on a button of a card that is out of date is answered with. */
export const OVER: readonly string[] = [...CLOSED, 'already_yours']

export function openCards(api: ApiClient, messenger: Messenger, log: Log): Cards {
  /** Cards of new transfers that are on their way, by transfer and, in private, by person. */
  const showing = new Map<string, Promise<void>>()
  const attention = openAttention()
  const known = new LRUCache<string, true>({ max: 10_000, ttl: LOOKED_MS })
  const lookedAt = new LRUCache<string, true>({ max: 10_000, ttl: LOOKED_MS })
  /** The languages of cards that this process has posted, by where they hang. */
  const languages = new LRUCache<string, string>({ max: 10_000 })

  const show: Cards['show'] = (card, sender, post) =>
    onItsWay(card.transfer, async () => {
      try {
        const mention = mayDisturb(card.transfer, sender, card.to)
        await note(card, await posted({ ...card, mention }, sender, post), true)
      } catch (error) {
        if (!(error instanceof Undeliverable)) throw error
        await takeBack(card, sender)
        log.warn(
          { messenger: messenger.name, transfer: card.transfer, reason: error.message },
          'a transfer was taken back: its card can be shown neither where it was asked for nor to its sender',
        )
      }
    })

  // The delivery is there since before the money moved.
  const showOrLeave: Cards['showOrLeave'] = (card, sender, post) =>
    show(card, sender, post).catch((error: unknown) =>
      log.warn(
        { err: error, messenger: messenger.name },
        'a card could not be posted; it is tried again in a moment',
      ),
    )

  const repeat: Cards['repeat'] = async (card, person, post) =>
    note(card, await posted({ ...card, mention: false }, person, post))

  const showInPrivate: Cards['showInPrivate'] = (card, person) =>
    onItsWay(`${card.transfer} ${person.id}`, async () => {
      const chat = await messenger.privateChat(person)
      if (!(await hangsIn(chat, card.transfer))) await note(card, await messenger.post(card, { chat }))
    })

  /** Whoever comes while it is on its way waits for the same. */
  function onItsWay(name: string, post: () => Promise<void>): Promise<void> {
    const underWay = showing.get(name)
    if (underWay) return underWay
    const shown = post().finally(() => showing.delete(name))
    showing.set(name, shown)
    return shown
  }

  const posted = (card: DrawnCard, person: Person, post: Post): Promise<Place> =>
    post(card).catch(async (error: unknown) => {
      if (!(error instanceof Undeliverable) || person.messenger !== messenger.name) throw error
      return messenger.post(card, { chat: await messenger.privateChat(person) })
    })

  const mayDisturb: Cards['mayDisturb'] = (transfer, sender, to) =>
    !!to &&
    to.messenger === messenger.name &&
    !to.quiet &&
    attention(transfer, sender.id, to.handle?.toLowerCase() ?? String(to.id))

  async function takeBack({ transfer }: DrawnCard, sender: Person): Promise<void> {
    const json = { by: sender, key: `unshown:${transfer}` }
    await body(api.transfers[':id'].cancel.$post({ param: { id: transfer }, json })).catch(
      (error: unknown) => {
        if (!(error instanceof Refused && OVER.includes(error.code))) throw error
      },
    )
  }

  const notedCards = async (transfer: string) => {
    const { items } = await body(api.transfers[':id'].cards.$get({ param: { id: transfer } }))
    return items.filter((card) => card.messenger === messenger.name)
  }

  const hangsIn = async (chat: string, transfer: string) =>
    (await notedCards(transfer)).some((card) => card.chat === chat)

  async function notedAt({ chat, message }: Place, transfer: string) {
    return (await notedCards(transfer)).find((card) => card.chat === chat && card.message === message)
  }

  /** @param posted whether it is the card that was to be posted: then nobody else posts it */
  async function note(card: DrawnCard, { chat, message }: Place, posted = false): Promise<void> {
    const place = { messenger: messenger.name, chat, message }
    const json = { ...place, language: card.language, drawn: card.state, posted }
    await body(api.transfers[':id'].cards.$post({ param: { id: card.transfer }, json }))
    languages.set(keyOf(place), card.language)
  }

  const pressed: Cards['pressed'] = async ({ place }, transfer) => {
    if (!place || messenger.capabilities.redraw === 'always') return undefined
    try {
      const language = languages.get(keyOf(place)) ?? (await notedAt(place, transfer.id))?.language
      return language === undefined ? undefined : drawCard(transfer, language, messenger.name)
    } catch (error) {
      // What was pressed for is done; its card comes by a delivery.
      log.warn({ err: error, messenger: messenger.name }, 'a pressed card could not be drawn at once')
      return undefined
    }
  }

  /**
   * The card of a button that should be gone may be one that nobody noted, because the process ended as it was posted, or
   * one that could not be drawn anew.
   */
  const lookAgain: Cards['lookAgain'] = async ({ action, buttons, place, language }) => {
    if (!place || !('transfer' in action) || lookedAt.has(keyOf(place))) return undefined
    lookedAt.set(keyOf(place), true)
    try {
      const noted = await notedAt(place, action.transfer)
      // A list of transfers to choose from has buttons, too, but a card alone can collect.
      const isCard = buttons?.includes(encodeAction({ do: 'collect', transfer: action.transfer }))
      if (!noted && !isCard) return undefined
      const transfer = await body(api.transfers[':id'].$get({ param: { id: action.transfer } }))
      const card = drawCard(transfer, noted?.language ?? language, messenger.name)
      if (noted?.drawn !== transfer.state) await note({ ...card, state: 'open' }, place)
      return messenger.capabilities.redraw === 'always' ? undefined : card
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'a card that is out of date could not be noted')
      return undefined
    }
  }

  const reached: Cards['reached'] = async (chats, isBack = false) => {
    const wanted = isBack ? chats : chats.filter((chat) => !known.has(chat))
    if (wanted.length === 0) return
    for (const chat of wanted) known.set(chat, true)
    const param = { messenger: messenger.name }
    await body(api.chats[':messenger'].reached.$post({ param, json: { chats: wanted } })).catch(
      (error: unknown) =>
        log.warn({ err: error, messenger: messenger.name }, 'cards that are out of date could not be found'),
    )
  }

  return {
    show,
    showOrLeave,
    repeat,
    showInPrivate,
    isShown: async (transfer, chat) => showing.has(transfer) || hangsIn(chat, transfer),
    isNoted: async (transfer, place) => (await notedAt(place, transfer)) !== undefined,
    remember: (card, place) => note(card, place),
    pressed,
    lookAgain,
    reached,
    mayDisturb,
  }
}

const keyOf = ({ chat, message }: Place) => `${chat} ${message}`
