import { type ApiClient, body, type Rules, type RulesOfGroup } from '../client.ts'
import type { Chat, Invocation, Message, Person } from '../messenger.ts'
import { rehearsalInWords, rulesInWords } from '../rules-in-words.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { readChange } from './parse-rules.ts'

/**
 * In a group, for anybody its rules in words; for its admins, with a rule and its value, what that would have refused of late, and a
 * button that saves it: nothing is saved that wasn't rehearsed.
 */
export const rules: Command = {
  name: 'rules',
  options: [{ name: 'rule' }],
  isAboutOthers: true,
  async run(invocation, { api, isAdmin }) {
    const { person, chat, asGroup, fields, words, language } = invocation
    const t = texts(language)
    if (chat.kind === 'private') return { message: { text: t('rules.inGroup') } }
    const typed = typeof fields?.rule === 'string' ? fields.rule : words.trim()
    const group = await rulesOf(api, person.messenger, chat)
    if (!typed) return { message: { text: present(group, language) } }
    if (!(await isAdmin())) return { message: { text: t('refusals.not_admin') } }
    if (asGroup) return { message: { text: t('group.asYourself') } }
    return { message: await rehearse(api, invocation, typed, group) }
  },
}

/** A group's rules. */
export const rulesOf = (api: ApiClient, messenger: string, { id }: Pick<Chat, 'id'>): Promise<RulesOfGroup> =>
  body(api.groups[':messenger'][':id'].rules.$get({ param: { messenger, id } }))

/** Saves a group's rules, for one of its admins. */
export const saveRules = (api: ApiClient, by: Person, { id }: Chat, all: Rules): Promise<RulesOfGroup> =>
  body(
    api.groups[':messenger'][':id'].rules.$put({
      param: { messenger: by.messenger, id },
      json: { by, rules: all },
    }),
  )

/** A group's rules in words, and how they are changed. */
function present(group: RulesOfGroup, language: string): string {
  const t = texts(language)
  return [t('rules.title'), ...rulesInWords(group.rules, group, t), '', t('rules.usage')].join('\n')
}

async function rehearse(
  api: ApiClient,
  { person, chat, language }: Invocation,
  typed: string,
  group: RulesOfGroup,
): Promise<Message> {
  const t = texts(language)
  const change = readChange(typed, group)
  if (!change) return { text: `${t('rules.unclear')}\n\n${t('rules.usage')}` }
  const param = { messenger: person.messenger, id: chat.id }
  const rehearsal = await body(
    api.groups[':messenger'][':id'].rules.rehearse.$post({
      param,
      json: { by: person, rules: change.rules },
    }),
  )
  const before = rulesInWords(group.rules, group, t)
  const after = rulesInWords(rehearsal.rules, group, t)
  const changed = after.filter((line, index) => line !== before[index])
  if (changed.length === 0) return { text: t('rules.same') }
  return {
    text: [t('rules.wouldBe'), ...changed, '', ...rehearsalInWords(rehearsal, t)].join('\n'),
    buttons: [[{ label: t('rules.save'), action: { do: 'rules', set: change.set } }]],
  }
}
