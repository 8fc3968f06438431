import { body } from '../client.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/**
 * `/join` whispers an admin of a chat a code; `/join CODE` in another chat, by an admin of that one, gives both one book, with the rules
 * and the treasury of the first.
 */
export const join: Command = {
  name: 'join',
  options: [{ name: 'invitation' }],
  forAdmins: true,
  isAboutOthers: true,
  async run({ person, chat, words, fields, language }, { api, isAdmin }) {
    const t = texts(language)
    if (chat.kind === 'private') return { message: { text: t('join.inPrivate') } }
    if (!(await isAdmin())) return { message: { text: t('refusals.not_admin') } }
    const routes = api.groups[':messenger'][':id']
    const param = { messenger: person.messenger, id: chat.id }
    const typed = typeof fields?.invitation === 'string' ? fields.invitation : words
    if (!typed.trim()) {
      const { code } = await body(
        routes['join-codes'].$post({ param, json: { by: person, title: chat.title } }),
      )
      return { message: { text: t('join.code', { code }) }, personal: true }
    }
    const json = { by: person, title: chat.title, code: typed.trim() }
    const { group } = await body(routes.join.$post({ param, json }))
    return { message: { text: t('join.done', { title: titleOf(group, t) }) } }
  },
}

/** What to call a group by the chat that it is shown by. */
export const titleOf = ({ title }: { title?: string | null }, t: Texts): string => title ?? t('join.untitled')
