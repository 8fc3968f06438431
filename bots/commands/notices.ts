import { body } from '../client.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/** The words for on and off, in the languages of the bots. */
const SWITCH = new Map([
  ['on', true],
  ['开', true],
  ['打开', true],
  ['off', false],
  ['关', false],
  ['关闭', false],
])

/**
 * `/notices off`: no private message about a transfer that waits for the person, and no mention on its card. `/notices`
 * tells the present setting.
 */
export const notices: Command = {
  name: 'notices',
  options: [{ name: 'switch', choices: ['on', 'off'] }],
  async run(invocation, { api }) {
    const { messenger, id } = invocation.person
    const t = texts(invocation.language)
    const typed =
      typeof invocation.fields?.switch === 'string' ? invocation.fields.switch : invocation.words.trim()
    const wanted = SWITCH.get(typed.toLowerCase())
    if (typed && wanted === undefined) return { message: { text: t('notices.usage') }, personal: true }
    const one = api.people[':messenger'][':id'].notices
    const param = { messenger, id }
    const { on } = await body(
      wanted === undefined ? one.$get({ param }) : one.$put({ param, json: { on: wanted } }),
    )
    return { message: { text: t(on ? 'notices.areOn' : 'notices.areOff') }, personal: true }
  },
}
