import { drawCard } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Invocation } from '../messenger.ts'
import { offerInWords } from '../offers.ts'
import { texts } from '../texts/index.ts'
import { askWhichToCancel } from './cancel.ts'
import { codeTyped, collect } from './collect.ts'
import type { Command } from './command.ts'
import { order } from './send.ts'
import { start } from './start.ts'

/** What was said longer ago than this has waited for a service that was away, in milliseconds. */
const OLD_MS = 5 * 60_000

type Run = Command['run']

/**
 * How a command is carried out. One that moves money and was said long ago isn't: they may have said it again, or have
 * changed their mind. It is answered with what it would have done, and a button.
 */
export async function runOrAsk({ name, run }: Command, asked: Invocation, api: ApiClient): Promise<Run> {
  const ask = ASK[name]
  if (!ask || !asked.saidAt || Date.now() - asked.saidAt.getTime() < OLD_MS) return run
  // One that was carried out in time and only comes again finds its first answer.
  const { answered } = await body(api.requests[':key'].$get({ param: { key: asked.key } }))
  return answered ? run : ask
}

const ASK: Partial<Record<Command['name'], Run>> = {
  send: askToSend,
  collect: (asked, context) => (codeTyped(asked) ? start : collect).run(asked, context),
  cancel: (asked, { api }) =>
    askWhichToCancel(asked, api, texts(asked.language)('late.cancel', { ago: agoIn(asked) })),
}

async function askToSend(asked: Invocation, { api }: Parameters<Run>[1]): ReturnType<Run> {
  const { language, key, person } = asked
  const { messenger } = person
  const offer = await order(asked, api, (create) =>
    body(api.offers.$post({ json: { ...create, key, confirm: true } })),
  )
  if (offer.transfer) {
    const transfer = await body(api.transfers[':id'].$get({ param: { id: offer.transfer } }))
    return { card: drawCard(transfer, language, messenger) }
  }
  const t = texts(language)
  const minutes = Math.ceil((new Date(offer.expiresAt).getTime() - Date.now()) / 60_000)
  return {
    message: {
      text: t('late.send', { ago: agoIn(asked), offer: offerInWords(offer, t, messenger), minutes }),
      buttons: [[{ label: t('late.sendNow'), action: { do: 'make', offer: offer.id } }]],
    },
  }
}

/** `3 hours ago` */
function agoIn({ saidAt = new Date(), language }: Invocation): string {
  const minutes = Math.round((Date.now() - saidAt.getTime()) / 60_000)
  const words = new Intl.RelativeTimeFormat(language)
  if (minutes < 60) return words.format(-minutes, 'minute')
  const hours = Math.round(minutes / 60)
  return hours < 48 ? words.format(-hours, 'hour') : words.format(-Math.round(hours / 24), 'day')
}
