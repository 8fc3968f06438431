import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KINDS, readFilter, writeFilter } from '../../src/books/filter.ts'

const read = (query: string) => readFilter(new URLSearchParams(query))

test('a filter lives in its address', () => {
  const day = fc
    .date({ min: new Date('1000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
  const filters = fc.record(
    {
      person: fc.uuid(),
      state: fc.constantFrom('open', 'collected', 'cancelled', 'declined', 'returned'),
      asset: fc.constantFrom('CREDIT', 'POINT'),
      from: day,
      kind: fc.constantFrom(...KINDS),
      words: fc.constantFrom('lunch', 'lunch & dinner', '午饭', 'a+b=c', '50% 🍕'),
    },
    { requiredKeys: [] },
  )
  const cursors = fc.option(
    fc.oneof(
      fc.uuid().map((before) => ({ before })),
      fc.uuid().map((after) => ({ after })),
    ),
    { nil: undefined },
  )
  fc.assert(
    fc.property(filters, cursors, (filter, cursor) => {
      expect(read(writeFilter(filter as never, cursor))).toEqual({
        filter,
        cursor,
        called: undefined,
        wrong: [],
      })
    }),
  )
})

test('what a form leaves empty is not there', () => {
  expect(read('person=&state=&asset=&from=&to=&kind=&words=+')).toEqual({
    filter: {},
    cursor: undefined,
    called: undefined,
    wrong: [],
  })
})

test('what cannot be understood is named, and the rest is read', () => {
  const wrong = (query: string) => read(query).wrong.map(({ name }) => name)
  expect(wrong('state=lost&asset=CREDIT')).toEqual(['state'])
  expect(read('state=lost&asset=CREDIT').filter).toEqual({ asset: 'CREDIT' })
  expect(wrong('from=2026-02-30')).toEqual(['from'])
  expect(wrong('to=yesterday')).toEqual(['to'])
  expect(wrong('from=2026-03-02&to=2026-03-01')).toEqual(['to'])
  expect(wrong('kind=gift')).toEqual(['kind'])
  expect(wrong('words=...')).toEqual(['words'])
  expect(wrong('before=1')).toEqual(['before'])
  expect(wrong('colour=red&__proto__=1&constructor=1')).toEqual(['colour', '__proto__', 'constructor'])
  expect(wrong('state=open&state=collected')).toEqual(['state'])
  const id = '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21'
  expect(wrong(`before=${id}&after=${id}`)).toEqual(['after'])
})

test('a person who is typed by name is to be looked up', () => {
  expect(read('person=@Ben')).toMatchObject({ filter: {}, called: '@Ben', wrong: [] })
})
