import { asTyped, short } from '../../src/shared/text.ts'
import { amountOf, nameInBooks } from '../card.ts'
import { codeIn } from '../code.ts'
import { body, type Core } from '../core.ts'
import type { Button, Invocation, Message } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

const MOST_CHOICES = 8
/** Characters of a name and of a note: the label of a button has 80. */
const MOST_NAME = 16
const MOST_NOTE = 30

/** `/cancel CODE` takes that one back; `/cancel` the only one that waits, or asks which. Anything else is asked back. */
export const cancel: Command = {
  name: 'cancel',
  options: [{ name: 'code' }],
  async run(asked, { core }) {
    const typed = typeof asked.fields?.code === 'string' ? asked.fields.code : asked.words
    const code = codeIn(typed)
    if (code) {
      const transfer = await body(core.transfers.find.$post({ json: { code } }))
      return { message: await takeBack(core, asked, transfer.id) }
    }
    const t = texts(asked.language)
    const wrong = typed.trim() && t('cancel.wrong', { typed: asTyped(typed) })
    const { messenger, id } = asked.person
    const { items } = await body(
      core.people[':messenger'][':id'].history.$get({
        param: { messenger, id },
        query: { state: 'open', limit: '100' },
      }),
    )
    const waiting = items.filter((item) => item.direction === 'sent').map((item) => item.transfer)
    const [only] = waiting
    if (!only) return { message: { text: [wrong, t('cancel.none')].filter(Boolean).join('\n') } }
    if (waiting.length === 1 && !wrong) return { message: await takeBack(core, asked, only.id) }
    const buttons = waiting.slice(0, MOST_CHOICES).map((transfer): Button[] => [
      {
        label: t('cancel.button', {
          amount: amountOf(transfer),
          to: transfer.to
            ? `→ ${nameInBooks(transfer.to, t, messenger, 'card.anyone', MOST_NAME)}`
            : short(transfer.note ?? '', MOST_NOTE),
        }).trim(),
        action: { do: 'cancel', transfer: transfer.id },
      },
    ])
    const text = [wrong, t(waiting.length === 1 ? 'cancel.only' : 'cancel.choose')].filter(Boolean).join('\n')
    return { message: { text, buttons }, personal: true }
  },
}

async function takeBack(core: Core, asked: Invocation, id: string): Promise<Message> {
  const transfer = await body(
    core.transfers[':id'].cancel.$post({ param: { id }, json: { by: asked.person, key: asked.key } }),
  )
  return { text: texts(asked.language)('cancel.done', { amount: amountOf(transfer) }) }
}
