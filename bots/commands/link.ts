import { nameInBooks } from '../card.ts'
import { body } from '../client.ts'
import { isBetweenUs, type Message } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'

type Other = Parameters<typeof nameInBooks>[0]

/**
 * `/link` in private gives a code; `/link CODE` in another messenger asks both sides whether they are one person. In a group a code is
 * refused, and is dead.
 */
export const link: Command = {
  name: 'link',
  options: [{ name: 'linking' }],
  async run({ person, chat, words, fields, language }, { api }) {
    const t = texts(language)
    const code = (typeof fields?.linking === 'string' ? fields.linking : words).trim()
    const routes = api['identity-links']
    if (!isBetweenUs(chat)) {
      if (!code) return { message: { text: t('link.inPrivate') } }
      await body(routes.codes.spoil.$post({ json: { code } }))
      return { message: { text: t('link.spoilt') } }
    }
    if (!code) {
      const made = await body(routes.codes.$post({ json: { by: person } }))
      return { message: { text: t('link.code', { code: made.code }) }, personal: true }
    }
    const { id, other } = await body(routes.$post({ json: { by: person, code } }))
    return { message: linkQuestion(id, other, t, person.messenger), personal: true }
  },
}

/** Asks one side of a link for their yes. @param here the messenger in which it is asked */
export const linkQuestion = (request: string, other: Other, t: Texts, here: string): Message => ({
  text: t('link.ask', { name: nameInBooks(other, t, here) }),
  buttons: [
    [
      { label: t('link.yes'), action: { do: 'link', request, isYes: true } },
      { label: t('link.no'), action: { do: 'link', request, isYes: false } },
    ],
  ],
})
