import { expect, test } from 'vitest'
import { secondDescription } from '../second.ts'
import { type Entry, type TelegramSpec, telegramSpec } from './spec.ts'

type Second = Record<keyof TelegramSpec, Record<string, Omit<Entry, 'description'>>>

/** Newer Bot APIs than the second description's have changed these. */
const CHANGED = ['ReplyParameters.message_id: required: Integer']

test('the description from npm holds all of the Bot API', () => {
  const { methods, types } = telegramSpec
  expect(Object.keys(methods).length).toBeGreaterThanOrEqual(185)
  expect(Object.keys(types).length).toBeGreaterThanOrEqual(400)
  expect(methods.getMe).toMatchObject({ returns: ['User'], description: expect.stringContaining('testing') })
  for (const [name, { fields, subtypes, returns }] of Object.entries({ ...types, ...methods })) {
    const named = [...(fields ?? []).flatMap((field) => field.types), ...(subtypes ?? []), ...(returns ?? [])]
    const unknown = named
      .map((type) => type.replace(/^(Array of )+/, ''))
      .filter((type) => !/^(String|Integer|Float|Boolean)$/.test(type) && !types[type])
    expect([name, unknown]).toEqual([name, []])
    for (const field of fields ?? []) expect([name, field.types.length > 0]).toEqual([name, true])
  }
})

test('the description from npm says nothing else than the second one does', () => {
  const second = secondDescription<Second>('telegram-bot-api.json')
  if (!second) return
  const missing = (['methods', 'types'] as const).flatMap((part) =>
    Object.entries(second[part]).flatMap(([name, entry]) => {
      const here = new Set(statements(telegramSpec[part][name] ?? {}))
      return statements(entry).flatMap((each) => (here.has(each) ? [] : `${name}.${each}`))
    }),
  )
  expect(missing).toEqual(CHANGED)
})

function statements({ fields, subtypes, returns }: Partial<Entry>): string[] {
  return [
    ...(fields ?? []).map(
      ({ name, required, types }) =>
        `${name}: ${required ? 'required' : 'optional'}: ${types.toSorted().join(', ')}`,
    ),
    ...(subtypes ?? []).map((type) => `can be ${type}`),
    ...(returns ?? []).map((type) => `returns ${type}`),
  ]
}
