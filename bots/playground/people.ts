import type { Chat, Person } from '../messenger.ts'

const sample = (id: string, name: string, language: string) => ({
  messenger: 'playground',
  id,
  handle: id,
  name,
  language,
})

/** The sample people; each has a phone on the page. */
export const people = [
  sample('ada', 'Ada', 'en'),
  sample('ben', 'Ben', 'en'),
  sample('chen', '陈晨', 'zh-Hans'),
]

export type SamplePerson = (typeof people)[number]

export const group: Chat = { id: 'lunch-club', kind: 'group', title: 'Lunch club' }

export const privateChatOf = (person: { id: string }): Chat => ({
  id: `private-${person.id}`,
  kind: 'private',
})

export const isAdmin = (chat: Chat, person: { id: string }) => chat.id === group.id && person.id === 'ada'

export const isMember = (chat: Chat, person: { id: string }) =>
  chat.id === group.id && people.some(({ id }) => id === person.id)

/** The first message of the group, which visitors may reply to with money. */
export const opening = { by: 'ben', text: 'I paid for lunch today. 20 each, please!' }

/** Commands that the page suggests, in the group and in private. */
export const examples: Record<string, { group: string[]; private: string[] }> = {
  ada: {
    group: [
      '/send 20 @ben lunch',
      '/send 5',
      '/red 8 2 happy Friday',
      '/split 30 me @ben @chen lunch',
      '/history',
    ],
    private: ['/balance', '/history', '/help'],
  },
  ben: {
    group: [
      '/send 7.5 @chen tea',
      '/red 8 2 equal members',
      '/request 20 from @ada lunch',
      '/pool 40 a new grill',
      '/history',
    ],
    private: ['/balance', '/history', '/help'],
  },
  chen: {
    group: [
      '/send 20 @ben 午饭',
      '/红包 8.88 2 周五快乐',
      '/split 30 我 @ada @ben 午饭',
      '/凑钱 40 新烤架',
      '/history',
    ],
    private: ['/balance', '/history', '/help'],
  },
}

/** The people named in a text by `@handle` or `@name`, each as it is typed there. */
export function mentionsIn(text: string): Map<string, Person> {
  const mentions = new Map<string, Person>()
  for (const [typed, name = ''] of text.matchAll(/@([\p{L}\p{N}_.-]+)/gu)) {
    const meant = people.find((person) =>
      [person.handle, person.name.toLowerCase()].includes(name.toLowerCase()),
    )
    if (meant) mentions.set(typed, meant)
  }
  return mentions
}
