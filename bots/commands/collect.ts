import { asTyped } from '../../src/shared/text.ts'
import { amountOf, nameOf } from '../card.ts'
import { codeIn } from '../code.ts'
import { body } from '../core.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(asked, { core }) {
    const t = texts(asked.language)
    const typed = typeof asked.fields?.code === 'string' ? asked.fields.code : asked.words
    const code = codeIn(typed)
    if (!code) {
      const shown = asTyped(typed)
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { transfer } = await body(core.claims.$post({ json: { code, by: asked.person, key: asked.key } }))
    const details = { amount: amountOf(transfer), name: nameOf(transfer.from, t, asked.person.messenger) }
    return { message: { text: t('collect.done', details) } }
  },
}
