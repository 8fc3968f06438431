import { asTyped, short } from '../../src/shared/text.ts'
import { amountOf, nameInBooks } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Button, Invocation, Message, Person, Reply } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import { codeTyped, transferOf, typedIn } from './collect.ts'
import type { Command } from './command.ts'

const MOST_CHOICES = 8
/** Characters of a name and of a note: the label of a button has 80. */
const MOST_NAME = 16
const MOST_NOTE = 30

/** `/cancel CODE` takes that one back; `/cancel` the only one that waits, or asks which. Anything else is asked back. */
export const cancel: Command = {
  name: 'cancel',
  options: [{ name: 'code' }],
  async run(asked, { api }) {
    const code = codeTyped(asked)
    if (code) {
      const transfer = await transferOf(code, asked.person, api)
      return { message: await takeBack(api, asked, transfer.id) }
    }
    const t = texts(asked.language)
    const typed = asTyped(typedIn(asked))
    const wrong = typed && t('cancel.wrong', { typed })
    const waiting = await whatWaits(api, asked.person)
    const [only, another] = waiting.transfers
    if (only && !another && waiting.offers === 0 && !wrong)
      return { message: await takeBack(api, asked, only.id) }
    const title = t(another ? 'cancel.choose' : only ? 'cancel.only' : 'cancel.none')
    return choice(waiting, [wrong, title].filter(Boolean).join('\n'), t, asked.person.messenger)
  },
}

/** Takes nothing back, and shows what could be. @param title what is said above the choice */
export async function askWhichToCancel(asked: Invocation, api: ApiClient, title: string): Promise<Reply> {
  const code = codeTyped(asked)
  const waiting = code
    ? { transfers: [await transferOf(code, asked.person, api)], offers: 0 }
    : await whatWaits(api, asked.person)
  const t = texts(asked.language)
  const isNone = waiting.transfers.length + waiting.offers === 0
  return choice(waiting, isNone ? t('cancel.none') : title, t, asked.person.messenger)
}

type Waiting = Awaited<ReturnType<typeof whatWaits>>

/** The transfers that nobody has collected, and how many offers nobody has tapped. */
async function whatWaits(api: ApiClient, { messenger, id }: Person) {
  const person = api.people[':messenger'][':id']
  const param = { messenger, id }
  const [{ items }, offers] = await Promise.all([
    body(person.history.$get({ param, query: { state: 'open', limit: '100' } })),
    body(person.offers.$get({ param })),
  ])
  const transfers = items.filter((item) => item.direction === 'sent').map((item) => item.transfer)
  return { transfers, offers: offers.items.length }
}

function choice({ transfers, offers }: Waiting, title: string, t: Texts, here: string): Reply {
  const buttons = transfers.slice(0, MOST_CHOICES).map((transfer): Button[] => [
    {
      label: t('cancel.button', {
        amount: amountOf(transfer),
        to: transfer.to
          ? `→ ${nameInBooks(transfer.to, t, here, 'card.anyone', MOST_NAME)}`
          : short(transfer.note ?? '', MOST_NOTE),
      }).trim(),
      action: { do: 'cancel', transfer: transfer.id },
    },
  ])
  if (offers > 0) buttons.push([{ label: t('cancel.offers', { count: offers }), action: { do: 'revoke' } }])
  return buttons.length > 0
    ? { message: { text: title, buttons }, personal: true }
    : { message: { text: title } }
}

async function takeBack(api: ApiClient, asked: Invocation, id: string): Promise<Message> {
  const transfer = await body(
    api.transfers[':id'].cancel.$post({ param: { id }, json: { by: asked.person, key: asked.key } }),
  )
  return { text: texts(asked.language)('cancel.done', { amount: amountOf(transfer) }) }
}
