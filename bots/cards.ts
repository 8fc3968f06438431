import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { CLOSED } from '../src/shared/closed.ts'
import { aboutOf, encodeAction } from './actions.ts'
import { drawAsk } from './ask-card.ts'
import { type DrawnCard, drawCard } from './card.ts'
import { type ApiClient, body, Refused, type TransferView } from './client.ts'
import type { Log } from './log.ts'
import { type ButtonPress, type Messenger, type Person, type Place, Undeliverable } from './messenger.ts'
import { openNoticeLimit } from './notice-limit.ts'

/**
 * Posts a card where its command was given.
 * @throws Undeliverable where the bot may not write there
 */
export type Post = (card: DrawnCard) => Promise<Place>

/** The cards of one messenger: posts them, records in which messages they are, and has outdated ones redrawn. */
export interface Cards {
  /**
   * Posts the card of a new transfer, or where the bot may not write there, sends it to the sender in private. Where that is
   * impossible, too, the transfer is cancelled: no money is held that nobody sees. Calls for the same transfer share one post.
   */
  show(card: DrawnCard, sender: Person, post: Post): Promise<void>
  /** As `show`, but never fails: a card that can't be posted now comes by the delivery that the core has queued. */
  showOrDefer(card: DrawnCard, sender: Person, post: Post): Promise<void>
  /** Posts one more card of a transfer that is shown already; where the bot may not write, in private. */
  repeat(card: DrawnCard, person: Person, post: Post): Promise<void>
  /**
   * Sends somebody a card in private, unless there is one already.
   * @throws Undeliverable where they can't be reached
   */
  showInPrivate(card: DrawnCard, person: Person): Promise<void>
  /** Whether a chat shows a card of the same, or one is being posted. */
  isShown(shown: Shown, chat: string): Promise<boolean>
  /** Whether this very message is a card of that. */
  isRecorded(shown: Shown, place: Place): Promise<boolean>
  /** Tells the core that a message is a card, and which state it shows. */
  recordCard(card: DrawnCard, place: Place): Promise<void>
  /**
   * The card whose button was pressed, as `draw` makes it after the press. Undefined where the message is no card, where the messenger
   * can redraw every card by its delivery, or where the language of the card can't be found out.
   */
  afterPress(
    pressed: ButtonPress,
    shown: Shown,
    draw: (language: string) => Promise<DrawnCard> | DrawnCard,
  ): Promise<DrawnCard | undefined>
  /** Has a card redrawn whose button should be gone. Answers as `afterPress`. */
  refreshOutdated(pressed: ButtonPress): Promise<DrawnCard | undefined>
  /**
   * Has outdated cards redrawn in chats where the bot can write.
   * @param how.isBack whether it could not before. Otherwise a chat is checked once a minute at most.
   */
  redrawOutdated(chats: string[], how?: { isBack: boolean }): Promise<void>
  /** Whether the recipient of a transfer may be notified of it: they want it, and it isn't too often. */
  mayNotify(transfer: string, sender: { id: string }, to: TransferView['to'] | undefined): boolean
}

/** What a card shows, as the card itself tells it: a transfer, or an ask. */
export type Shown = Pick<DrawnCard, 'of' | 'transfer'>

/** What stays when a card is drawn anew. */
type Look = Pick<DrawnCard, 'language' | 'picture'>

/** A card as the core knows it; one of an ask has neither a state of its own nor a picture. */
type Recorded = Place & Look & { messenger: string; drawn?: TransferView['state'] }

/** For how long a card or a chat isn't checked again, in milliseconds. */
const CHECKED_MS = 60_000

/** Codes of refusals that tell that the pressed card is outdated. */
export const OUTDATED: readonly string[] = [
  ...CLOSED,
  'already_yours',
  'ask_paid',
  'pool_overpaid',
  'ask_ended',
  'ask_expired',
]

/** The cards of a messenger, which are recorded in the core. */
export function openCards(api: ApiClient, messenger: Messenger, log: Log): Cards {
  /** Cards that are being posted, by transfer and, in private, by person. */
  const posting = new Map<string, Promise<void>>()
  const noticeLimit = openNoticeLimit()
  const checkedChats = new LRUCache<string, true>({ ...atMost(10_000), ttl: CHECKED_MS })
  const checkedCards = new LRUCache<string, true>({ ...atMost(10_000), ttl: CHECKED_MS })
  /** How cards look that this process has recorded, by place. */
  const looks = new LRUCache<string, Look>(atMost(10_000))

  const show: Cards['show'] = (card, sender, post) =>
    postOnce(card.transfer, async () => {
      try {
        const mention = mayNotify(card.transfer, sender, card.to)
        await record(card, await posted({ ...card, mention }, sender, post), true)
      } catch (error) {
        if (!(error instanceof Undeliverable)) throw error
        await cancel(card, sender)
        log.warn(
          { messenger: messenger.name, transfer: card.transfer, reason: error.message },
          'a transfer was taken back: its card can be shown neither where it was asked for nor to its sender',
        )
      }
    })

  const showOrDefer: Cards['showOrDefer'] = (card, sender, post) =>
    show(card, sender, post).catch((error: unknown) =>
      log.warn(
        { err: error, messenger: messenger.name },
        'a card could not be posted; it is tried again in a moment',
      ),
    )

  const repeat: Cards['repeat'] = async (card, person, post) =>
    record(card, await posted({ ...card, mention: false }, person, post))

  const showInPrivate: Cards['showInPrivate'] = (card, person) =>
    postOnce(`${card.transfer} ${person.id}`, async () => {
      const chat = await messenger.privateChat(person)
      if (!(await hasCard(chat, card))) await record(card, await messenger.post(card, { chat }))
    })

  /** Posts, or waits for the same post that is under way. */
  function postOnce(key: string, post: () => Promise<void>): Promise<void> {
    const underWay = posting.get(key)
    if (underWay) return underWay
    const done = post().finally(() => posting.delete(key))
    posting.set(key, done)
    return done
  }

  const posted = (card: DrawnCard, person: Person, post: Post): Promise<Place> =>
    post(card).catch(async (error: unknown) => {
      if (!(error instanceof Undeliverable) || person.messenger !== messenger.name) throw error
      return messenger.post(card, { chat: await messenger.privateChat(person) })
    })

  const mayNotify: Cards['mayNotify'] = (transfer, sender, to) =>
    !!to &&
    to.messenger === messenger.name &&
    !to.quiet &&
    noticeLimit(transfer, sender.id, to.handle?.toLowerCase() ?? String(to.id))

  async function cancel({ of, transfer }: DrawnCard, sender: Person): Promise<void> {
    const param = { id: transfer }
    // Keys of this form are in the books already, so it must not change.
    const json = { by: sender, key: `unshown:${transfer}` }
    const done: Promise<unknown> =
      of === 'ask'
        ? body(api.asks[':id'].end.$post({ param, json: { by: sender } }))
        : body(api.transfers[':id'].cancel.$post({ param, json }))
    await done.catch((error: unknown) => {
      if (!(error instanceof Refused && OUTDATED.includes(error.code))) throw error
    })
  }

  const recordedCards = async ({ of, transfer: id }: Shown) => {
    const { items }: { items: Recorded[] } =
      of === 'ask'
        ? await body(api.asks[':id'].cards.$get({ param: { id } }))
        : await body(api.transfers[':id'].cards.$get({ param: { id } }))
    return items.filter((card) => card.messenger === messenger.name)
  }

  const hasCard = async (chat: string, shown: Shown) =>
    (await recordedCards(shown)).some((card) => card.chat === chat)

  async function recordedAt({ chat, message }: Place, shown: Shown) {
    return (await recordedCards(shown)).find((card) => card.chat === chat && card.message === message)
  }

  /** @param posted whether it is the card for which the core has queued a delivery: then that is dropped */
  async function record(card: DrawnCard, { chat, message }: Place, posted = false): Promise<void> {
    const place = { messenger: messenger.name, chat, message }
    const param = { id: card.transfer }
    const { language, picture = false } = card
    const json = { ...place, language, posted }
    if (card.of === 'ask') await body(api.asks[':id'].cards.$post({ param, json }))
    else
      await body(api.transfers[':id'].cards.$post({ param, json: { ...json, drawn: card.state, picture } }))
    looks.set(keyOf(place), { language, picture })
  }

  const afterPress: Cards['afterPress'] = async ({ place }, shown, draw) => {
    if (!place || messenger.capabilities.redraw === 'always') return undefined
    try {
      // A quick tap may come before the post is confirmed, and so before its card is recorded.
      if (!looks.has(keyOf(place))) await posting.get(shown.transfer)?.catch(() => {})
      const look = looks.get(keyOf(place)) ?? (await recordedAt(place, shown))
      return look && { ...(await draw(look.language)), picture: look.picture }
    } catch (error) {
      // The press itself has succeeded, and a delivery redraws the card.
      log.warn({ err: error, messenger: messenger.name }, 'a pressed card could not be drawn at once')
      return undefined
    }
  }

  /** Such a card may never have been recorded, as the process ended just after it was posted, or its redraw has failed. */
  const refreshOutdated: Cards['refreshOutdated'] = async ({ action, buttons, place, language }) => {
    const shown = aboutOf(action)
    if (!place || !shown || checkedCards.has(keyOf(place))) return undefined
    checkedCards.set(keyOf(place), true)
    const { of, transfer: id } = shown
    try {
      const recorded = await recordedAt(place, shown)
      // Lists of transfers, too, have buttons for a transfer, but only cards have one to collect it; of an ask, one to end it.
      const only = of === 'ask' ? { do: 'end' as const, ask: id } : { do: 'collect' as const, transfer: id }
      if (!recorded && !buttons?.includes(encodeAction(only))) return undefined
      const drawn = await drawnNow(shown, recorded?.language ?? language)
      const card = { ...drawn, picture: recorded?.picture }
      if (recorded?.drawn !== card.state) await record({ ...card, state: 'open' }, place)
      return messenger.capabilities.redraw === 'always' ? undefined : card
    } catch (error) {
      log.warn({ err: error, messenger: messenger.name }, 'a card that is out of date could not be noted')
      return undefined
    }
  }

  async function drawnNow({ of, transfer: id }: Shown, language: string): Promise<DrawnCard> {
    const param = { id }
    return of === 'ask'
      ? drawAsk(await body(api.asks[':id'].$get({ param })), language, messenger.name)
      : drawCard(
          await body(api.transfers[':id'].$get({ param, query: { messenger: messenger.name } })),
          language,
          messenger.name,
        )
  }

  const redrawOutdated: Cards['redrawOutdated'] = async (chats, { isBack } = { isBack: false }) => {
    const wanted = isBack ? chats : chats.filter((chat) => !checkedChats.has(chat))
    if (wanted.length === 0) return
    for (const chat of wanted) checkedChats.set(chat, true)
    const param = { messenger: messenger.name }
    await body(api.chats[':messenger'].reached.$post({ param, json: { chats: wanted } })).catch(
      (error: unknown) =>
        log.warn({ err: error, messenger: messenger.name }, 'cards that are out of date could not be found'),
    )
  }

  return {
    show,
    showOrDefer,
    repeat,
    showInPrivate,
    isShown: async (shown, chat) => posting.has(shown.transfer) || hasCard(chat, shown),
    isRecorded: async (shown, place) => (await recordedAt(place, shown)) !== undefined,
    recordCard: (card, place) => record(card, place),
    afterPress,
    refreshOutdated,
    redrawOutdated,
    mayNotify,
  }
}

const keyOf = ({ chat, message }: Place) => `${chat} ${message}`
