import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/** As people write them. */
const WORDS = new Map([
  ['on', true],
  ['开', true],
  ['打开', true],
  ['off', false],
  ['关', false],
  ['关闭', false],
])

/** `/notices off`: no word in private that something waits, and no mention; `/notices` tells how it is. */
export const notices: Command = {
  name: 'notices',
  options: [{ name: 'switch', choices: ['on', 'off'] }],
  async run(asked, { api }) {
    const { messenger, id } = asked.person
    const t = texts(asked.language)
    const typed = typeof asked.fields?.switch === 'string' ? asked.fields.switch : asked.words.trim()
    const wanted = WORDS.get(typed.toLowerCase())
    if (typed && wanted === undefined) return { message: { text: t('notices.usage') }, personal: true }
    const one = api.people[':messenger'][':id'].notices
    const param = { messenger, id }
    const { on } = await body(
      wanted === undefined ? one.$get({ param }) : one.$put({ param, json: { on: wanted } }),
    )
    return { message: { text: t(on ? 'notices.areOn' : 'notices.areOff') }, personal: true }
  },
}
