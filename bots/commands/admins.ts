import { nameInBooks } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Chat, Invocation, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { TO, takePeople } from './parse-send.ts'

/**
 * Where the messenger tells no admins of its groups: `/admins` says who are some, and `/admins add @ben` and `/admins remove @ben` of an
 * admin name another one, or take that back.
 */
export const admins: Command = {
  name: 'admins',
  options: [{ name: 'words' }],
  forAdmins: true,
  isAboutOthers: true,
  async run(invocation, { api, isAdmin, capabilities }) {
    const { person, chat, language } = invocation
    const t = texts(language)
    if (!capabilities.namesAdmins) return { message: { text: t('admins.told') } }
    if (chat.kind === 'private') return { message: { text: t('rules.inGroup') } }
    const { people, rest } = takePeople(invocation, TO)
    const [verb, ...more] = rest
    if (verb === undefined && people.length === 0)
      return { message: { text: listed(await namedIn(api, person.messenger, chat), t, person.messenger) } }
    const isNamed = ADD.test(verb ?? '') || (REMOVE.test(verb ?? '') ? false : undefined)
    const [who] = people
    if (isNamed === undefined || more.length > 0 || people.length > 1 || !who || !('id' in who))
      return { message: { text: t('admins.usage') } }
    if (!(await isAdmin())) return { message: { text: t('refusals.not_admin') } }
    await name(api, invocation, who, isNamed)
    const called = nameInBooks(who, t, person.messenger)
    return { message: { text: t(isNamed ? 'admins.added' : 'admins.removed', { name: called }) } }
  },
}

const ADD = /^(add|添加|加)$/iu
const REMOVE = /^(remove|移除|删除|删)$/iu

/** Whom admins of a group have named to be one, too. */
export async function namedIn(api: ApiClient, messenger: string, { id }: Pick<Chat, 'id'>) {
  const route = api.groups[':messenger'][':id']['named-admins']
  return (await body(route.$get({ param: { messenger, id } }))).items
}

async function name(api: ApiClient, { person: by, chat }: Invocation, who: Person, isNamed: boolean) {
  const route = api.groups[':messenger'][':id']['named-admins']
  const param = { messenger: by.messenger, id: chat.id }
  await body(route.$post({ param, json: { by, who, isNamed, title: chat.title } }))
}

type Named = Awaited<ReturnType<typeof namedIn>>

function listed(named: Named, t: Texts, here: string): string {
  const names = named.map((one) => nameInBooks(one, t, here))
  const line = names.length > 0 ? t('admins.named', { names: names.join(', ') }) : t('admins.nobody')
  return `${line}\n\n${t('admins.usage')}`
}
