import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { titleOf } from './join.ts'

/** `/part`: a chat that was joined to others has books of its own again. */
export const part: Command = {
  name: 'part',
  options: [],
  forAdmins: true,
  isAboutOthers: true,
  async run({ person, chat, language }, { api, isAdmin }) {
    const t = texts(language)
    if (chat.kind === 'private') return { message: { text: t('join.inPrivate') } }
    if (!(await isAdmin())) return { message: { text: t('refusals.not_admin') } }
    const param = { messenger: person.messenger, id: chat.id }
    const json = { by: person, title: chat.title }
    const { group } = await body(api.groups[':messenger'][':id'].part.$post({ param, json }))
    return { message: { text: t('join.parted', { title: titleOf(group, t) }) } }
  },
}
