import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { amountOf, type DrawnCard, drawCard, nameInBooks, nameOf } from './card.ts'
import type { Cards } from './cards.ts'
import { type ApiClient, body, type TransferView } from './client.ts'
import { type Messenger, type Person, StillUnderWay, Undeliverable } from './messenger.ts'
import { openOutage, reasonOf } from './outage.ts'
import type { Log } from './sentences.ts'
import { supported, texts } from './texts/index.ts'

/** Deliveries that may be under way at once: those that wait for their turn at the messenger hold up no others. */
const MOST_AT_ONCE = 100

/** How long a delivery may be on its way before it is given back, in milliseconds: after a minute the core takes it back. */
const DELIVERY_MS = 50_000

/** How often a messenger that is out of reach is asked whether it is back, in milliseconds. */
const PING_MS = { first: 1000, most: 15_000 }

/** Makes what the core gives a messenger to deliver: new cards, cards drawn anew, notices. */
export function createDeliveries(api: ApiClient, messenger: Messenger, cards: Cards, log: Log) {
  /** Deliveries that were given back before they were made: one that comes again waits for the same. */
  const onTheirWay = new Map<string, Promise<void>>()
  const away = openOutage(
    log,
    {
      begins: 'the messenger is out of reach; deliveries wait for it',
      ends: 'the messenger is reached again; what waited is delivered',
    },
    { messenger: messenger.name },
  )
  const end = new AbortController()
  const { signal } = end
  let asking: Promise<boolean> | undefined

  /** Whether the messenger as a whole is out of reach, asked at this moment. */
  function isAway(): Promise<boolean> {
    asking ??= messenger
      .ping()
      .then(
        () => false,
        (error: unknown) => {
          if (!signal.aborted) away.begin(error)
          return true
        },
      )
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  /** Those who could not be told in private, by transfer and number. */
  const unreached = new LRUCache<string, Map<string, Told>>({ max: 10_000 })

  type Delivery = Awaited<ReturnType<typeof take>>['items'][number]
  type Notice = Extract<Delivery, { kind: 'notice' }>
  type Told = Notice['to']
  const take = (seconds: number) =>
    body(
      api.deliveries[':messenger'].take.$post({
        param: { messenger: messenger.name },
        json: { limit: 20, seconds },
      }),
    )

  const languageOf = ({ language }: Told) => supported(language ?? messenger.capabilities.language)

  async function make(delivery: Delivery): Promise<void> {
    const { transfer } = delivery
    if (delivery.kind === 'post') return post(delivery)
    if (delivery.kind === 'redraw') {
      const { chat, message, language } = delivery.card
      return messenger.redraw({ chat, message }, draw(transfer, language))
    }
    if (delivery.notice === 'waiting') return tellOfWaiting(delivery)
    const t = texts(languageOf(delivery.to))
    const other = delivery.notice === 'received' ? transfer.from : (transfer.collectedBy ?? transfer.to)
    const text = t(`notices.${delivery.notice}`, {
      amount: amountOf(transfer),
      name: nameInBooks(other, t, messenger.name),
      note: transfer.note ? t('notices.note', { note: transfer.note }) : '',
    })
    await messenger.whisper(introduced(delivery.to), { text })
  }

  /** Ends in time; what is on its way goes on. */
  function makeInTime(delivery: Delivery): Promise<void> {
    const { id } = delivery
    const made = onTheirWay.get(id) ?? make(delivery).finally(() => onTheirWay.delete(id))
    onTheirWay.set(id, made)
    return Promise.race([made, sleep(DELIVERY_MS, undefined, { ref: false }).then(stillUnderWay)])
  }

  /** Posts a card that its command has not posted: it may be about to, or its process is no more. */
  async function post({ transfer, target }: Extract<Delivery, { kind: 'post' }>): Promise<void> {
    if (!transfer.from) return
    const card = drawCard(transfer, target.language, messenger.name)
    await cards.show(card, introduced(transfer.from), (drawn) => messenger.post(drawn, target))
  }

  /** Shows somebody in private what waits for them, unless they are not to be disturbed. */
  async function tellOfWaiting({ transfer, to }: Notice): Promise<void> {
    if (!transfer.from || !cards.mayDisturb(transfer.id, transfer.from, transfer.to)) return
    const language = languageOf(to)
    const card = drawCard(transfer, language, messenger.name)
    const buttons = card.buttons.filter((button) => !('action' in button) || button.action.do !== 'cancel')
    const hint = texts(language)('notices.waiting')
    await cards.showInPrivate({ ...card, buttons, hint }, introduced(to)).catch((error: unknown) => {
      // Who can't be reached finds the card where it hangs.
      if (!(error instanceof Undeliverable)) throw error
    })
  }

  function draw(transfer: TransferView, language: string): DrawnCard {
    const card = drawCard(transfer, language, messenger.name)
    const t = texts(language)
    const names = [...(unreached.get(transfer.id)?.values() ?? [])].map((to) => nameOf(to, t, messenger.name))
    return names.length > 0 ? { ...card, unreached: t('card.unreached', { name: names.join(', ') }) } : card
  }

  /** Who can't be told in private is named on the cards: nobody shall wait for a word that doesn't come. */
  async function nameUnreached({ transfer, to }: Notice): Promise<void> {
    unreached.set(transfer.id, (unreached.get(transfer.id) ?? new Map()).set(to.id, to))
    const { items } = await body(api.transfers[':id'].cards.$get({ param: { id: transfer.id } }))
    const own = items.filter((card) => card.messenger === messenger.name)
    await Promise.allSettled(
      own.map(({ chat, message, language }) => messenger.redraw({ chat, message }, draw(transfer, language))),
    )
  }

  async function carryOut(delivery: Delivery): Promise<void> {
    const param = { messenger: messenger.name, id: delivery.id }
    const { done, failed } = api.deliveries[':messenger'][':id']
    try {
      await makeInTime(delivery)
    } catch (error) {
      const final = error instanceof Undeliverable
      // Asked for whatever else has failed: where the messenger fails as a whole, no delivery is to blame.
      const isOut = !final && (away.isOn || (await isAway()))
      const counts = !final && !isOut && !(error instanceof StillUnderWay)
      await body(failed.$post({ param, json: { reason: reasonOf(error).slice(0, 500), final, counts } }))
      if (final && delivery.kind === 'notice') await nameUnreached(delivery)
      return
    }
    const query = delivery.kind === 'redraw' ? { drawn: delivery.transfer.state } : {}
    await body(done.$post({ param, query }))
  }

  return function deliver() {
    const underWay = new Set<Promise<void>>()
    const trouble = openOutage(
      log,
      { begins: 'deliveries are in trouble; it is tried again', ends: 'deliveries go on' },
      { messenger: messenger.name },
    )
    const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => {})

    /** While the messenger is out of reach, its deliveries stay where they are. */
    async function untilReached(): Promise<void> {
      for (let wait = PING_MS.first; away.isOn && !signal.aborted; wait = Math.min(2 * wait, PING_MS.most)) {
        await pause(wait)
        if (!signal.aborted && !(await isAway())) away.end()
      }
    }

    const loop = (async () => {
      while (!signal.aborted) {
        await untilReached()
        if (signal.aborted) break
        try {
          const { items } = await take(2)
          trouble.end()
          for (const item of items) {
            const made = carryOut(item)
              .catch(trouble.begin)
              .finally(() => underWay.delete(made))
            underWay.add(made)
          }
          while (underWay.size >= MOST_AT_ONCE) await Promise.race(underWay)
        } catch (error) {
          trouble.begin(error)
          await pause(1000)
        }
      }
      await Promise.all(underWay)
    })()
    return {
      stop: async () => {
        end.abort()
        await loop
      },
    }
  }
}

const introduced = ({ messenger, id, handle, name }: NonNullable<TransferView['from']>): Person => ({
  messenger,
  id,
  handle: handle ?? undefined,
  name: name ?? undefined,
})

const stillUnderWay = () => {
  throw new StillUnderWay('it still waits for its turn')
}
