import { drawCard } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Invocation } from '../messenger.ts'
import { offerInWords } from '../offers.ts'
import { texts } from '../texts/index.ts'
import { askWhichToCancel } from './cancel.ts'
import { codeTyped, collect, phraseTyped } from './collect.ts'
import type { Command } from './command.ts'
import { requestSend } from './send.ts'
import { start } from './start.ts'

/** From this age on a command is taken for one that has waited while the service was down, in milliseconds. */
const DELAYED_MS = 5 * 60_000

type Run = Command['run']

/**
 * How a command is run. One that would move money after a long delay asks for confirmation by a button instead: its author
 * may have changed their mind, or paid in another way.
 */
export async function runOrConfirm(
  { name, run }: Command,
  invocation: Invocation,
  api: ApiClient,
): Promise<Run> {
  const confirm = CONFIRM[name]
  if (!confirm || !invocation.sentAt || Date.now() - invocation.sentAt.getTime() < DELAYED_MS) return run
  // A command that was run in time, and is only delivered again, has its first answer.
  const { answered } = await body(api.requests[':key'].$get({ param: { key: invocation.key } }))
  return answered ? run : confirm
}

const CONFIRM: Partial<Record<Command['name'], Run>> = {
  send: confirmSend,
  pay: async (invocation) => ({ message: { text: sayAgain(invocation) } }),
  red: async (invocation) => ({ message: { text: sayAgain(invocation) } }),
  collect: async (invocation, context) =>
    !codeTyped(invocation) && phraseTyped(invocation)
      ? { message: { text: sayAgain(invocation) } }
      : (codeTyped(invocation) ? start : collect).run(invocation, context),
  cancel: (invocation, { api }) =>
    askWhichToCancel(
      invocation,
      api,
      texts(invocation.language)('delayed.cancel', { ago: agoIn(invocation) }),
    ),
}

async function confirmSend(invocation: Invocation, { api }: Parameters<Run>[1]): ReturnType<Run> {
  const { language, key, person } = invocation
  const { messenger } = person
  const { offer, picture } = await requestSend(
    invocation,
    api,
    async ({ phrase, ...create }, { treasury, picture }) => ({
      offer:
        treasury || phrase
          ? undefined
          : await body(api.offers.$post({ json: { ...create, key, confirm: true } })),
      picture,
    }),
  )
  if (!offer) return { message: { text: sayAgain(invocation) } }
  if (offer.transfer) {
    const transfer = await body(
      api.transfers[':id'].$get({ param: { id: offer.transfer }, query: { messenger } }),
    )
    return { card: { ...drawCard(transfer, language, messenger), picture }, isNew: true }
  }
  const t = texts(language)
  const minutes = Math.ceil((new Date(offer.expiresAt).getTime() - Date.now()) / 60_000)
  return {
    message: {
      text: t('delayed.send', { ago: agoIn(invocation), offer: offerInWords(offer, t, messenger), minutes }),
      buttons: [[{ label: t('delayed.sendNow'), action: { do: 'make', offer: offer.id, picture } }]],
    },
  }
}

/** Only a transfer between people has a button to confirm it by. */
const sayAgain = (invocation: Invocation): string =>
  texts(invocation.language)('delayed.again', { ago: agoIn(invocation) })

/** `3 hours ago` */
function agoIn({ sentAt = new Date(), language }: Invocation): string {
  const minutes = Math.round((Date.now() - sentAt.getTime()) / 60_000)
  const words = new Intl.RelativeTimeFormat(language)
  if (minutes < 60) return words.format(-minutes, 'minute')
  const hours = Math.round(minutes / 60)
  return hours < 48 ? words.format(-hours, 'hour') : words.format(-Math.round(hours / 24), 'day')
}
