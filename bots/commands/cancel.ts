import { amountOf, nameOf } from '../card.ts'
import { body, type Core } from '../core.ts'
import type { Button, Invocation, Message } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { codeIn, transferOf } from './collect.ts'
import type { Command } from './command.ts'

const MOST_CHOICES = 8

/** `/cancel CODE` takes that one back; `/cancel` the only one that waits, or asks which. */
export const cancel: Command = {
  name: 'cancel',
  options: [{ name: 'code' }],
  async run(asked, { core }) {
    const typed = typeof asked.fields?.code === 'string' ? asked.fields.code : asked.words
    const code = codeIn(typed)
    if (code) {
      const transfer = await transferOf(code, asked.person, core)
      return { message: await takeBack(core, asked, transfer.id) }
    }
    const t = texts(asked.language)
    if (typed.trim()) return { message: { text: t('collect.wrong', { typed: typed.trim().slice(0, 40) }) } }

    const { messenger, id } = asked.person
    const { items } = await body(
      core.people[':messenger'][':id'].history.$get({
        param: { messenger, id },
        query: { state: 'open', limit: '100' },
      }),
    )
    const waiting = items.filter((item) => item.direction === 'sent').map((item) => item.transfer)
    const [only] = waiting
    if (!only) return { message: { text: t('cancel.none') } }
    if (waiting.length === 1) return { message: await takeBack(core, asked, only.id) }
    const buttons = waiting.slice(0, MOST_CHOICES).map((transfer): Button[] => [
      {
        label: t('cancel.button', {
          amount: amountOf(transfer),
          to: transfer.to ? `→ ${nameOf(transfer.to, t)}` : (transfer.note ?? '').slice(0, 30),
        }).trim(),
        action: { do: 'cancel', transfer: transfer.id },
      },
    ])
    return { message: { text: t('cancel.choose'), buttons }, personal: true }
  },
}

async function takeBack(core: Core, asked: Invocation, id: string): Promise<Message> {
  const transfer = await body(
    core.transfers[':id'].cancel.$post({ param: { id }, json: { by: asked.person, key: asked.key } }),
  )
  return { text: texts(asked.language)('cancel.done', { amount: amountOf(transfer) }) }
}
