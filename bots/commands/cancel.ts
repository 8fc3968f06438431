import { asTyped, short } from '../../src/shared/text.ts'
import { amountOf, nameInBooks } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Button, Invocation, Message, Person, Reply } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import { codeTyped, transferOf, typedIn } from './collect.ts'
import type { Command } from './command.ts'

const MAX_CHOICES = 8
/** The most characters of a name and of a note: the label of a button has 80. */
const MAX_NAME = 16
const MAX_NOTE = 30

/**
 * `/cancel CODE` takes back that transfer. `/cancel` takes back the only open one, or asks which. Where what is typed is no
 * code, nothing is taken back: it asks.
 */
export const cancel: Command = {
  name: 'cancel',
  options: [{ name: 'code' }],
  async run(invocation, { api }) {
    const code = codeTyped(invocation)
    if (code) {
      const transfer = await transferOf(code, invocation.person, api)
      return { message: await takeBack(api, invocation, transfer.id) }
    }
    const t = texts(invocation.language)
    const typed = asTyped(typedIn(invocation))
    const wrong = typed && t('cancel.wrong', { typed })
    const open = await openOf(api, invocation.person)
    const [only, another] = open.transfers
    if (only && !another && open.offers === 0 && !wrong)
      return { message: await takeBack(api, invocation, only.id) }
    const title = t(another ? 'cancel.choose' : only ? 'cancel.only' : 'cancel.none')
    return choice(open, [wrong, title].filter(Boolean).join('\n'), t, invocation.person.messenger)
  },
}

/**
 * Takes nothing back, and asks what to take back.
 * @param title stands above the choice
 */
export async function askWhichToCancel(
  invocation: Invocation,
  api: ApiClient,
  title: string,
): Promise<Reply> {
  const code = codeTyped(invocation)
  const open = code
    ? { transfers: [await transferOf(code, invocation.person, api)], offers: 0 }
    : await openOf(api, invocation.person)
  const t = texts(invocation.language)
  const isNone = open.transfers.length + open.offers === 0
  return choice(open, isNone ? t('cancel.none') : title, t, invocation.person.messenger)
}

type Open = Awaited<ReturnType<typeof openOf>>

/** Somebody's transfers that nobody has collected, and how many of their offers nobody has tapped. */
export async function openOf(api: ApiClient, { messenger, id }: Person) {
  const person = api.people[':messenger'][':id']
  const param = { messenger, id }
  const [{ items }, offers] = await Promise.all([
    body(person.history.$get({ param, query: { state: 'open', limit: '100' } })),
    body(person.offers.$get({ param })),
  ])
  const transfers = items.filter((item) => item.direction === 'sent').map((item) => item.transfer)
  return { transfers, offers: offers.items.length }
}

function choice({ transfers, offers }: Open, title: string, t: Texts, here: string): Reply {
  const buttons = transfers.slice(0, MAX_CHOICES).map((transfer): Button[] => [
    {
      label: t('cancel.button', {
        amount: amountOf(transfer),
        to: transfer.to
          ? `→ ${nameInBooks(transfer.to, t, here, 'card.anyone', MAX_NAME)}`
          : short(transfer.note ?? '', MAX_NOTE),
      }).trim(),
      action: { do: 'cancel', transfer: transfer.id },
    },
  ])
  if (offers > 0) buttons.push([{ label: t('cancel.offers', { count: offers }), action: { do: 'revoke' } }])
  return buttons.length > 0
    ? { message: { text: title, buttons }, personal: true }
    : { message: { text: title } }
}

async function takeBack(api: ApiClient, invocation: Invocation, id: string): Promise<Message> {
  const transfer = await body(
    api.transfers[':id'].cancel.$post({
      param: { id },
      json: { by: invocation.person, key: invocation.key },
    }),
  )
  const context = transfer.treasury?.end === 'from' ? 'treasury' : undefined
  return {
    text: texts(invocation.language)('cancel.done', {
      amount: amountOf({ ...transfer, amount: transfer.returned }),
      context,
    }),
  }
}
