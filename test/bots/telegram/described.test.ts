import fc, { type GeneratorValue } from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UPDATES } from '../../../bots/telegram/updates.ts'
import { WEBHOOK_PATH, webhookSecret } from '../../../bots/telegram/webhook.ts'
import { type Club, openClub, transferOf } from '../../support/telegram/club.ts'
import { type Person } from '../../support/telegram/index.ts'
import { telegramSpec } from '../../support/telegram/spec.ts'
import type { Json } from '../../support/telegram/wire.ts'

const SEED = 13
const AT_ONCE = 40

/** Updates as the official description lets them be, whatever may be missing missing. */
describe('An update made from the description', () => {
  let club: Club
  let ada: Person
  let words: string[]
  let presses: string[]
  let number = 900_000_000
  beforeAll(async () => {
    // How fast it writes is no matter here.
    club = await openClub('webhook', { telegram: { limits: { enabled: false } } })
    ada = await club.person('Ada')
    const card = await club.card(ada.chat, () => ada.says(ada.chat, '/send 1'))
    const { code, link } = await club.service.client.transfer(transferOf(card))
    words = ['/send 1', '/send 1 @ben lunch', `/collect ${code}`, `/start ${code}`, link, '/help', '/history']
    words.push('/balance', '/cancel', '/', '@passalong_bot 1 lunch', '@passalong_bot', '1 lunch', '', '你好')
    presses = [
      `collect:${transferOf(card)}`,
      `cancel:${transferOf(card)}`,
      'history:person:',
      'history:group:',
      'x',
    ]
  })
  afterAll(() => club?.close())

  const fieldsOf = (type: string) => telegramSpec.types[type]?.fields ?? []
  type Field = ReturnType<typeof fieldsOf>[number]

  /** A value of one of these types; deep inside only what has to be there is. */
  function valueOf(g: GeneratorValue, types: string[], field: Field, depth: number): unknown {
    const type = g(fc.constantFrom, ...types)
    if (type.startsWith('Array of ')) {
      const items = g(fc.nat, { max: 2 })
      return Array.from({ length: items }, () => valueOf(g, [type.slice('Array of '.length)], field, depth))
    }
    if (type === 'Boolean') return field.name === 'is_bot' ? g(fc.nat, { max: 9 }) === 0 : g(fc.boolean)
    if (type === 'Float') return g(fc.double, { min: -90, max: 90, noNaN: true })
    if (type === 'Integer') return integerOf(g, field)
    if (type === 'String') return stringOf(g, field)
    const subtypes = telegramSpec.types[type]?.subtypes
    return subtypes ? valueOf(g, subtypes, field, depth) : objectOf(g, type, depth)
  }

  function integerOf(g: GeneratorValue, { name }: Field): number {
    if (name === 'offset' || name === 'length') return g(fc.integer, { min: 0, max: 30 })
    if (name === 'id' && g(fc.nat, { max: 29 }) === 0) return ada.id
    return g(fc.integer, { min: 6_000_000_000, max: 9_000_000_000 })
  }

  function stringOf(g: GeneratorValue, { name, choices }: Field): string {
    if (choices) return g(fc.constantFrom, ...choices)
    // Telegram gives none twice.
    if (name === 'id' || name === 'guest_query_id') return String(++number)
    if (name === 'username') return g(fc.constantFrom, 'ben_smith', 'passalong_bot', 'x1234')
    if (name === 'language_code') return g(fc.constantFrom, 'en', 'zh-hans', 'en_US', 'x', '')
    if (/^(text|caption|query)$/.test(name)) return g(fc.constantFrom, ...words)
    if (name === 'data' || name === 'callback_data' || name === 'result_id')
      return g(fc.constantFrom, ...presses)
    return g(fc.string, { minLength: 1, maxLength: 12, unit: 'grapheme' })
  }

  /** @param chosen the optional fields that are there; else a few by chance, fewer the deeper it is */
  function objectOf(g: GeneratorValue, type: string, depth: number, chosen?: string[]): Json {
    const fields = fieldsOf(type)
    const optional = fields.filter(({ required }) => !required).map(({ name }) => name)
    const some = chosen ?? someOf(g, optional, 4 - 2 * depth)
    const present = fields.filter(({ name, required }) => required || some.includes(name))
    const made = Object.fromEntries(
      present.map((field) => [field.name, valueOf(g, field.types, field, depth + 1)]),
    )
    // A command has its entity at its beginning, else it is none.
    for (const [text, entities] of [
      ['text', 'entities'],
      ['caption', 'caption_entities'],
    ] as const)
      if (type === 'Message' && String(made[text]).startsWith('/') && g(fc.nat, { max: 4 }) > 0)
        made[entities] = [
          { type: 'bot_command', offset: 0, length: String(made[text]).split(' ')[0]?.length },
          ...((made[entities] as Json[] | undefined) ?? []),
        ]
    return made
  }

  const someOf = (g: GeneratorValue, names: string[], most: number) =>
    g(fc.subarray, names, { maxLength: Math.max(0, Math.min(most, names.length)) })
  const typeOf = (kind: string) => fieldsOf('Update').find(({ name }) => name === kind)?.types[0] ?? ''
  const optionalIn = (type: string) => fieldsOf(type).flatMap(({ name, required }) => (required ? [] : name))
  /** Without whom nothing can be said or answered. */
  const usualIn = (type: string) => (type === 'Message' ? ['from', 'guest_query_id'] : [])
  const sample = (make: (g: GeneratorValue) => Json, count: number, seed = SEED) =>
    fc.sample(fc.gen().map(make), { seed, numRuns: count })

  async function post(kind: string, payload: Json): Promise<void> {
    const response = await fetch(club.service.url + WEBHOOK_PATH, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': webhookSecret(club.fake.token),
      },
      body: JSON.stringify({ update_id: ++number, [kind]: payload }),
    })
    expect([response.status, kind, payload]).toEqual([200, kind, payload])
    await response.arrayBuffer()
  }

  /** Each is taken, and what goes wrong is at most that Telegram knows no such chat. */
  async function postAll(kind: string, payloads: Json[]): Promise<void> {
    for (let i = 0; i < payloads.length; i += AT_ONCE)
      await Promise.all(payloads.slice(i, i + AT_ONCE).map((payload) => post(kind, payload)))
    expect(club.errors()).toEqual([])
    expect(club.fake.breaches).toEqual([])
  }

  test.each(UPDATES)('is taken with no more than has to be there: %s', async (kind) => {
    await postAll(
      kind,
      sample((g) => objectOf(g, typeOf(kind), 0, []), 5),
    )
  })

  test.each(UPDATES)('is taken with each thing that may be there: %s', async (kind) => {
    const type = typeOf(kind)
    const each = optionalIn(type).flatMap((name, index) =>
      sample((g) => objectOf(g, type, 0, [...usualIn(type), name]), 2, SEED + index),
    )
    await postAll(kind, each)
  })

  test.each(UPDATES)('is taken with any of them together: %s', async (kind) => {
    const type = typeOf(kind)
    const bodies = type === 'Message' ? [['text', 'entities'], ['caption', 'photo'], []] : [[]]
    const make = (g: GeneratorValue) => {
      const body = g(fc.constantFrom, ...bodies)
      return objectOf(g, type, 0, [...usualIn(type), ...body, ...someOf(g, optionalIn(type), 6)])
    }
    await postAll(kind, sample(make, 150))
  })
})
