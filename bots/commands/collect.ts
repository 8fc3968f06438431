import { asTyped } from '../../src/shared/text.ts'
import { amountOf, nameOf } from '../card.ts'
import { codeIn } from '../code.ts'
import { body } from '../core.ts'
import type { Invocation } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(asked, { core }) {
    const t = texts(asked.language)
    const code = codeTyped(asked)
    if (!code) {
      const shown = asTyped(typedIn(asked))
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { transfer } = await body(core.claims.$post({ json: { code, by: asked.person, key: asked.key } }))
    const details = { amount: amountOf(transfer), name: nameOf(transfer.from, t, asked.person.messenger) }
    return { message: { text: t('collect.done', details) } }
  },
}

/** What somebody gives for a code, in its field or after the command. */
export const typedIn = ({ fields, words }: Invocation): string =>
  typeof fields?.code === 'string' ? fields.code : words

export const codeTyped = (asked: Invocation): string | undefined => codeIn(typedIn(asked))
