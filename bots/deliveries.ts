import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { amountOf, type Card, drawCard, nameInBooks, nameOf } from './card.ts'
import type { Cards } from './cards.ts'
import { body, type Core, type Transfer } from './core.ts'
import { type Messenger, type Person, Undeliverable } from './messenger.ts'
import type { Log } from './sentences.ts'
import { supported, texts } from './texts/index.ts'

/** Deliveries that may be under way at once: those that wait for their turn at the messenger hold up no others. */
const MOST_AT_ONCE = 100

/** How long a card may be on its way in one delivery, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

/** Makes what the core gives a messenger to deliver: new cards, cards drawn anew, notices. */
export function createDeliveries(core: Core, messenger: Messenger, cards: Cards, log: Log) {
  /** Those who could not be told in private, by transfer and number. */
  const unreached = new LRUCache<string, Map<string, Told>>({ max: 10_000 })

  type Delivery = Awaited<ReturnType<typeof take>>['items'][number]
  type Notice = Extract<Delivery, { kind: 'notice' }>
  type Told = Notice['to']
  const take = (seconds: number) =>
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
      name: nameInBooks(other, t, messenger.name),
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
    const card = drawCard(transfer, target.language, messenger.name)
    await cards.show(card, introduced(transfer.from), (drawn) => messenger.post(drawn, target))
  }

  /** Shows somebody in private what waits for them, unless they are not to be disturbed. */
  async function tellOfWaiting({ transfer, to }: Notice): Promise<void> {
    if (!transfer.from || !cards.mayDisturb(transfer.id, transfer.from, transfer.to)) return
    const language = supported(to.language ?? undefined)
    const card = drawCard(transfer, language, messenger.name)
    const buttons = card.buttons.filter((button) => !('action' in button) || button.action.do !== 'cancel')
    const hint = texts(language)('notices.waiting')
    await cards.showInPrivate({ ...card, buttons, hint }, introduced(to)).catch((error: unknown) => {
      // Who can't be reached finds the card where it hangs.
      if (!(error instanceof Undeliverable)) throw error
    })
  }

  function draw(transfer: Transfer, language: string): Card {
    const card = drawCard(transfer, language, messenger.name)
    const t = texts(language)
    const names = [...(unreached.get(transfer.id)?.values() ?? [])].map((to) => nameOf(to, t, messenger.name))
    return names.length > 0 ? { ...card, unreached: t('card.unreached', { name: names.join(', ') }) } : card
  }

  /** Who can't be told in private is named on the cards: nobody shall wait for a word that doesn't come. */
  async function nameUnreached({ transfer, to }: Notice): Promise<void> {
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
    const query = delivery.kind === 'redraw' ? { drawn: delivery.transfer.state } : {}
    await body(done.$post({ param, query }))
  }

  return function deliver() {
    let stopping = false
    const underWay = new Set<Promise<void>>()
    const failed = (error: unknown) =>
      log.error({ err: error, messenger: messenger.name }, 'deliveries are in trouble; it is tried again')
    const loop = (async () => {
      while (!stopping) {
        try {
          const { items } = await take(2)
          for (const item of items) {
            const made = carryOut(item)
              .catch(failed)
              .finally(() => underWay.delete(made))
            underWay.add(made)
          }
          while (underWay.size >= MOST_AT_ONCE) await Promise.race(underWay)
        } catch (error) {
          failed(error)
          if (!stopping) await sleep(1000)
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
}

const introduced = ({ messenger, id, handle, name }: NonNullable<Transfer['from']>): Person => ({
  messenger,
  id,
  handle: handle ?? undefined,
  name: name ?? undefined,
})

const stillUnderWay = () => {
  throw new Error('The card is still on its way.')
}
