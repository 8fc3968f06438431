import { describe, expect, test } from 'vitest'
import { type Breach, breachesOfAnswer, breachesOfBody, breachesOfQuery, findOperation } from './schema.ts'

const told = (breaches: Breach[]) =>
  breaches.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('\n')

function operation(method: string, path: string) {
  const found = findOperation(method, path.split('/'))
  if (!found || found === 'method') throw new Error(`There is no ${method} ${path}.`)
  return found
}

const create = operation('POST', 'channels/1/messages')
const list = operation('GET', 'channels/1/messages')
const respond = operation('POST', 'interactions/1/x/callback')
const command = operation('POST', 'applications/1/commands')
const button = { type: 2, style: 1, label: 'x', custom_id: 'x' }
const option = { name: 'a', description: 'x' }

describe('what Discord’s document refuses', () => {
  test.for<[what: string, at: typeof create, body: unknown, words: string]>([
    ['an unknown field', create, { colour: 1 }, 'colour: no such field'],
    ['an unknown field deep inside', create, { embeds: [{ titel: 'x' }] }, 'embeds.0.titel: no such field'],
    ['a missing field', command, { description: 'x' }, 'name: '],
    ['a number for a text', create, { content: 5 }, 'content: '],
    ['a text that is too long', create, { content: 'x'.repeat(4001) }, 'content: Too big'],
    ['a list that is too long', create, { embeds: Array(11).fill({ title: 'x' }) }, 'embeds: Too big'],
    [
      'a list that is too short',
      create,
      { components: [{ type: 1, components: [] }] },
      'components: Too small',
    ],
    ['a fraction of a flag', create, { flags: 1.5 }, 'flags: '],
    ['a fraction as a choice', command, choice(4, 1.5), 'options.0.choices.0.value: '],
    ['an id in words', create, { sticker_ids: ['smile'] }, 'sticker_ids.0: '],
    ['a link that is none', create, { embeds: [{ url: 'here' }] }, 'embeds.0.url: '],
    ['a style of a button', create, row({ ...button, style: 9 }), 'style: '],
    ['a kind of answer', respond, { type: 99 }, 'type: '],
    ['an answer without what it tells', respond, { type: 8 }, 'data: '],
    ['a number for what it tells', respond, { type: 8, data: 5 }, 'data'],
    ['no body', create, undefined, 'a body is required'],
    ['a body where none goes', list, {}, 'takes no body'],
    ['131 commands', operation('PUT', 'applications/1/commands'), Array(131).fill(option), 'Too big'],
  ])('%s', ([, at, body, words]) => {
    expect(told(breachesOfBody(at, 'application/json', body))).toContain(words)
  })

  test('a form where JSON goes, and files where none go', () => {
    expect(told(breachesOfBody(create, 'application/x-www-form-urlencoded', {}))).toContain('is not accepted')
    expect(told(breachesOfBody(command, 'multipart/form-data', {}))).toContain('is not accepted')
    expect(breachesOfBody(create, 'multipart/form-data', { content: 'x' })).toEqual([])
  })

  test.for<[query: Record<string, string>, words: string]>([
    [{ page: '1' }, 'page: no such query parameter'],
    [{ limit: '101' }, 'limit: Too big'],
    [{ limit: '1.5' }, 'limit: '],
    [{ before: 'noon' }, 'before: '],
  ])('the query %j', ([query, words]) => {
    expect(told(breachesOfQuery(list, query))).toContain(words)
  })

  test.for<[what: string, at: typeof create, status: number, body: unknown, words: string]>([
    ['a status', create, 202, {}, '202 is not among its answers'],
    ['a missing field', operation('GET', 'users/1'), 200, { id: '1' }, 'username: '],
    ['a body where none goes', operation('DELETE', 'channels/1/messages/1'), 204, {}, '204 has no body'],
    ['no list', list, 200, { id: '1' }, ': '],
  ])('of the fake’s own answers: %s', ([, at, status, body, words]) => {
    expect(told(breachesOfAnswer(at, status, body))).toContain(words)
  })
})

test('numbers with a fraction are taken where they go, and commands as they are', () => {
  expect(breachesOfBody(command, 'application/json', choice(10, 1.5))).toEqual([])
  expect(breachesOfBody(command, 'application/json', choice(4, 1))).toEqual([])
  expect(breachesOfBody(create, 'application/json', row(button))).toEqual([])
  expect(breachesOfQuery(list, { limit: '100', before: '123' })).toEqual([])
})

function choice(type: number, value: number) {
  return { name: 'send', description: 'x', options: [{ type, ...option, choices: [{ name: 'a', value }] }] }
}

function row(component: object) {
  return { components: [{ type: 1, components: [component] }] }
}
