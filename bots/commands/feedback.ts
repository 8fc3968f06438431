import { cleanText } from '../../src/shared/text.ts'
import { body } from '../client.ts'
import { groupOf, wordsAsTyped } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

const MOST = 1000

/** `/feedback words` writes to the operators, from any chat. */
export const feedback: Command = {
  name: 'feedback',
  options: [{ name: 'words', required: true }],
  async run(invocation, { api }) {
    const { person, fields, language } = invocation
    const t = texts(language)
    const typed = typeof fields?.words === 'string' ? fields.words : wordsAsTyped(invocation)
    const text = cleanText(typed)
    if (!text) return { message: { text: t('feedback.usage') } }
    const count = [...text].length
    if (count > MOST) return { message: { text: t('feedback.long', { count, most: MOST }) } }
    await body(api.feedback.$post({ json: { by: person, group: groupOf(invocation), text } }))
    return { message: { text: t('feedback.done') } }
  },
}
