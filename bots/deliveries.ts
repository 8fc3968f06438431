import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { short } from '../src/shared/text.ts'
import { drawAsk } from './ask-card.ts'
import { askerQuestion } from './askers.ts'
import { amountOf, type DrawnCard, drawCard, nameInBooks, nameOf, treasuryIn } from './card.ts'
import type { Cards } from './cards.ts'
import { type ApiClient, body, type TransferView } from './client.ts'
import { linkQuestion } from './commands/link.ts'
import { isRefundable } from './commands/refund.ts'
import type { Log } from './log.ts'
import {
  type Button,
  type Chat,
  type Message,
  type Messenger,
  type Person,
  StillQueued,
  Undeliverable,
} from './messenger.ts'
import { openOutage, reasonOf } from './outage.ts'
import { drawPayout } from './payout-card.ts'
import { supported, texts } from './texts/index.ts'

/** How many deliveries may be under way at once. It is high, so that those that wait for a rate limit hold up no others. */
const MAX_AT_ONCE = 100

/** After how long a delivery is reported as still queued, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

/** What people are told of links. */
const LINK_NEWS = {
  asked: 'link.ask',
  linked: 'link.done',
  unlinked: 'link.otherLeft',
} as const

/** Pauses between the pings of a messenger that can't be reached, in milliseconds; each is twice as long as the one before. */
const PING_MS = { first: 1000, most: 15_000 }

/**
 * Makes the deliveries that the core has queued for a messenger: posts and redraws cards, sends notices, and answers who is an admin.
 * @returns a function that starts it
 */
export function createDeliveries(api: ApiClient, messenger: Messenger, cards: Cards, log: Log) {
  /** Deliveries under way, by id: one that the core gives out again waits for the first. */
  const beingMade = new Map<string, Promise<void>>()
  const outage = openOutage(
    log,
    {
      begins: 'the messenger is out of reach; deliveries wait for it',
      ends: 'the messenger is reached again; what waited is delivered',
    },
    { messenger: messenger.name },
  )
  const end = new AbortController()
  const { signal } = end
  let ping: Promise<boolean> | undefined

  /** Whether the messenger can't be reached at all, asked at this moment, once for all that ask. */
  function isUnreachable(): Promise<boolean> {
    ping ??= messenger
      .ping()
      .then(
        () => false,
        (error: unknown) => {
          if (!signal.aborted) outage.begin(error)
          return true
        },
      )
      .finally(() => {
        ping = undefined
      })
    return ping
  }

  /** People who could not be notified in private, by transfer and id. */
  const unreached = new LRUCache<string, Map<string, Recipient>>(atMost(10_000))

  type Delivery = Awaited<ReturnType<typeof take>>['items'][number]
  type Notice = Extract<Delivery, { kind: 'notice' }>
  type Wish = Extract<Delivery, { kind: 'asker' }>
  type Recipient = Notice['to']
  const take = (seconds: number) =>
    body(
      api.deliveries[':messenger'].take.$post(
        { param: { messenger: messenger.name }, json: { limit: 20, seconds } },
        // So that the stop doesn't wait for what may come.
        { init: { signal } },
      ),
    )

  const languageOf = ({ language }: Recipient) => supported(language ?? messenger.capabilities.language)

  async function make(delivery: Delivery): Promise<void> {
    switch (delivery.kind) {
      case 'post':
        return post(delivery)
      case 'redraw':
        return messenger.redraw(delivery.card, draw(delivery.transfer, delivery.card))
      case 'notice':
        if (delivery.notice === 'reminder') return remindRecipient(delivery)
        return delivery.notice === 'waiting' ? showToRecipient(delivery) : tell(delivery)
      case 'asker':
        return tellOfAsker(delivery)
      case 'payout-post':
        return postPayout(delivery)
      case 'payout-redraw':
        return messenger.redraw(
          delivery.card,
          drawPayout(delivery.payout, delivery.card.language, messenger.name),
        )
      case 'ask-post':
        return postAsk(delivery)
      case 'ask-redraw':
        return messenger.redraw(delivery.card, drawAsk(delivery.ask, delivery.card.language, messenger.name))
      case 'asked':
        return tellAsked(delivery)
      case 'unpaid':
        return tellUnpaid(delivery)
      case 'webhook-off':
        return tellWebhookOff(delivery)
      case 'link':
        return tellLinked(delivery)
      case 'member':
        return answer(delivery)
    }
  }

  /** Tells somebody in private what has become of a transfer. */
  async function tell({ notice, transfer, to }: Notice): Promise<void> {
    const t = texts(languageOf(to))
    const other =
      notice === 'received' || notice === 'drawn' || notice === 'refunded' || notice === 'unconfirmed'
        ? transfer.from
        : (transfer.collectedBy ?? transfer.to)
    // Of several shares, their own.
    const isShare = notice === 'drawn' || (notice === 'received' && transfer.shares > 1)
    const won = isShare ? transfer.claims.find(({ by }) => by?.id === to.id)?.amount : undefined
    const treasury = notice === 'received' ? treasuryIn(transfer, 'from', t, 'sentence') : undefined
    const isRest = notice === 'returned' && transfer.claimed > 0
    const { claimed, luckiest, settlement } = transfer
    const shares = settlement?.by === 'split' ? claimed : transfer.shares
    // Of a great many winners the newest are told of alone.
    const key = isRest ? 'restReturned' : notice === 'drawn' && won === undefined ? 'drawnShare' : notice
    const text = t(`notices.${key}`, {
      amount: amountOf({ ...transfer, amount: (isRest ? transfer.returned : won) ?? transfer.amount }),
      claimed,
      shares,
      luckiest:
        luckiest && claimed > 1
          ? t('notices.luckiest', {
              name: nameInBooks(luckiest.by, t, messenger.name),
              amount: amountOf({ ...transfer, amount: luckiest.amount }),
            })
          : '',
      name: treasury ?? nameInBooks(other, t, messenger.name),
      note: transfer.note ? t('notices.note', { note: transfer.note }) : '',
    })
    const buttons: Button[][] =
      notice === 'received' && isRefundable(transfer)
        ? [[{ label: t('refund.button'), action: { do: 'refund', transfer: transfer.id } }]]
        : []
    await messenger.sendPrivately(personOf(to), buttons.length > 0 ? { text, buttons } : { text })
  }

  /** Asks a sender in private whether somebody is the one, unless that one has asked them too often; `/waiting` shows them all the same. */
  async function tellOfAsker({ asker, transfer, to }: Wish): Promise<void> {
    if (!cards.mayNotify(`asker ${transfer.id} ${asker.turn}`, asker.by, to)) return
    await messenger.sendPrivately(
      personOf(to),
      askerQuestion(asker, transfer, texts(languageOf(to)), messenger.name),
    )
  }

  /** Tells somebody in private that a standing payout of theirs was not made. */
  async function tellUnpaid(unpaid: Extract<Delivery, { kind: 'unpaid' }>): Promise<void> {
    const { to, list, amount, asset, refusal } = unpaid
    const t = texts(languageOf(to))
    const why = t(refusal === 'treasury_short' ? 'notices.unpaidShort' : 'notices.unpaidOther')
    const text = t('notices.unpaid', { amount: `${amount} ${asset}`, list, why })
    await messenger.sendPrivately(personOf(to), { text })
  }

  /** Tells an operator in private that a webhook was turned off. */
  async function tellWebhookOff({
    to,
    app,
    host,
  }: Extract<Delivery, { kind: 'webhook-off' }>): Promise<void> {
    await messenger.sendPrivately(personOf(to), {
      text: texts(languageOf(to))('notices.webhookOff', { app, host }),
    })
  }

  /** Asks somebody for their yes to a link, or tells them that it was made or undone. */
  async function tellLinked(news: Extract<Delivery, { kind: 'link' }>): Promise<void> {
    const { about, request, other, to } = news
    const t = texts(languageOf(to))
    const message: Message =
      about === 'asked' && request
        ? linkQuestion(request, other, t, messenger.name)
        : { text: t(LINK_NEWS[about], { name: nameInBooks(other, t, messenger.name) }) }
    await messenger.sendPrivately(personOf(to), message)
  }

  /** Rejects after a time limit with StillQueued; the delivery goes on. */
  function makeInTime(delivery: Delivery): Promise<void> {
    const { id } = delivery
    const made = beingMade.get(id) ?? make(delivery).finally(() => beingMade.delete(id))
    beingMade.set(id, made)
    return Promise.race([made, sleep(DELIVERY_MS, undefined, { ref: false }).then(stillQueued)])
  }

  /** Posts a card whose command hasn't recorded it: its process has ended, or it is just about to. */
  async function post({ transfer, target }: Extract<Delivery, { kind: 'post' }>): Promise<void> {
    const sender = transfer.from ?? transfer.madeBy
    if (!sender) return
    const { language, picture } = target
    const card = { ...drawCard(transfer, language, messenger.name), picture }
    // What a treasury pays is not taken back where one of the group's chats can't show it.
    const show = transfer.payout ? cards.repeat : cards.show
    await show(card, personOf(sender), (drawn) => messenger.post(drawn, target))
  }

  async function postPayout({ payout, target }: Extract<Delivery, { kind: 'payout-post' }>): Promise<void> {
    const { language } = target
    const place = await messenger.post(drawPayout(payout, language, messenger.name), target)
    const json = { messenger: messenger.name, ...place, language }
    await body(api.payouts[':id'].cards.$post({ param: { id: payout.id }, json }))
  }

  /** Posts the card of an ask whose command hasn't recorded it. */
  async function postAsk({ ask, target }: Extract<Delivery, { kind: 'ask-post' }>): Promise<void> {
    if (!ask.by) return
    const card = drawAsk(ask, target.language, messenger.name)
    await cards.show(card, personOf(ask.by), (drawn) => messenger.post(drawn, target))
  }

  /** Tells somebody in private what they are asked for, unless they have had too many such words. */
  async function tellAsked({ ask, amount, to }: Extract<Delivery, { kind: 'asked' }>): Promise<void> {
    const { asset, note, by } = ask
    // One person's mention on the card and their message are counted once.
    const key = ask.parts.length === 1 ? ask.id : `${ask.id} ${to.id}`
    if (!by || !cards.mayNotify(key, by, to)) return
    const t = texts(languageOf(to))
    const text = t('notices.asked', {
      name: nameInBooks(by, t, messenger.name),
      amount: amountOf({ amount, asset }),
      note: note ? t('notices.note', { note }) : '',
    })
    const buttons = [[{ label: t('ask.pay'), action: { do: 'pay', ask: ask.id } } as const]]
    await messenger.sendPrivately(personOf(to), { text, buttons })
  }

  /** Sends the recipient of a transfer its card in private, unless they don't want it, or have had too many. */
  async function showToRecipient({ transfer, to }: Notice): Promise<void> {
    const sender = transfer.from ?? transfer.treasury?.group
    if (!sender || !cards.mayNotify(transfer.id, sender, transfer.to)) return
    const card = cardFor(to, transfer)
    const hint = texts(card.language)('notices.waiting')
    await cards.showInPrivate({ ...card, hint }, personOf(to)).catch((error: unknown) => {
      // The card is also in the chat of the command.
      if (!(error instanceof Undeliverable)) throw error
    })
  }

  /** Sends the recipient the card once more, as its sender reminds them. Where it can't reach them, the cards say so. */
  async function remindRecipient({ transfer, to }: Notice): Promise<void> {
    const from = transfer.from ?? transfer.treasury?.group
    if (!from || !cards.mayNotify(`reminder ${transfer.id}`, from, transfer.to)) return
    const card = cardFor(to, transfer)
    const t = texts(card.language)
    const name = treasuryIn(transfer, 'from', t) ?? nameOf(transfer.from, t, messenger.name)
    const hint = t('notices.reminder', { name })
    const chat = await messenger.privateChat(personOf(to))
    await cards.repeat({ ...card, hint }, personOf(to), (drawn) => messenger.post(drawn, { chat }))
  }

  /** The card of a transfer as its recipient gets it in private. */
  function cardFor(to: Recipient, transfer: TransferView): DrawnCard {
    const card = drawCard(transfer, languageOf(to), messenger.name)
    const isForSender = (button: Button) => 'action' in button && button.action.do === 'cancel'
    return { ...card, buttons: card.buttons.filter((button) => !isForSender(button)) }
  }

  /** Asks the messenger about a member of a chat, and tells the core. */
  async function answer({ chat: id, person }: Extract<Delivery, { kind: 'member' }>): Promise<void> {
    const chat: Chat = { id, kind: 'group' }
    const [admin, member] = await Promise.all([
      messenger.isAdmin(chat, person).catch(orUntold),
      messenger.isMember(chat, person).catch(orUntold),
    ])
    await body(
      api.chats[':messenger'][':chat'].members[':id'].$put({
        param: { messenger: messenger.name, chat: id, id: person.id },
        json: {
          admin,
          ...(member instanceof Date
            ? { member: true, since: member.toISOString() }
            : { member: member ?? null }),
        },
      }),
    )
  }

  function draw(
    transfer: TransferView,
    { language, picture }: Pick<DrawnCard, 'language' | 'picture'>,
  ): DrawnCard {
    const card = { ...drawCard(transfer, language, messenger.name), picture }
    const t = texts(language)
    const names = [...(unreached.get(transfer.id)?.values() ?? [])].map((to) => nameOf(to, t, messenger.name))
    return names.length > 0 ? { ...card, unreached: t('card.unreached', { name: names.join(', ') }) } : card
  }

  /** Names people who can't be notified in private on the transfer's cards, so that others can see it. */
  async function nameUnreached({ transfer, to }: Notice): Promise<void> {
    unreached.set(transfer.id, (unreached.get(transfer.id) ?? new Map()).set(to.id, to))
    const { items } = await body(api.transfers[':id'].cards.$get({ param: { id: transfer.id } }))
    const own = items.filter((card) => card.messenger === messenger.name)
    await Promise.allSettled(own.map((card) => messenger.redraw(card, draw(transfer, card))))
  }

  async function carryOut(delivery: Delivery): Promise<void> {
    const param = { messenger: messenger.name, id: delivery.id }
    const { done, failed } = api.deliveries[':messenger'][':id']
    try {
      await makeInTime(delivery)
    } catch (error) {
      const final = error instanceof Undeliverable
      // Where the messenger fails as a whole, the failure isn't counted against this delivery.
      const isOut = !final && (outage.isOn || (await isUnreachable()))
      const counts = !final && !isOut && !(error instanceof StillQueued)
      await body(failed.$post({ param, json: { reason: short(reasonOf(error), 500), final, counts } }))
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

    /** Waits until the messenger can be reached; its deliveries stay in the queue meanwhile. */
    async function untilReached(): Promise<void> {
      for (
        let wait = PING_MS.first;
        outage.isOn && !signal.aborted;
        wait = Math.min(2 * wait, PING_MS.most)
      ) {
        await pause(wait)
        if (!signal.aborted && !(await isUnreachable())) outage.end()
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
          while (underWay.size >= MAX_AT_ONCE) await Promise.race(underWay)
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

const personOf = ({ messenger, id, handle, name }: NonNullable<TransferView['from']>): Person => ({
  messenger,
  id,
  handle: handle ?? undefined,
  name: name ?? undefined,
})

/** The messenger tells this bot nothing about that chat. */
const orUntold = (error: unknown): null => {
  if (error instanceof Undeliverable) return null
  throw error
}

const stillQueued = () => {
  throw new StillQueued('it still waits for its turn')
}
