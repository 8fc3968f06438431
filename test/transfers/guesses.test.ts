import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { texts } from '../../bots/texts/index.ts'
import { connect } from '../../db/postgres.ts'
import { PHRASE_WORDS } from '../../src/access/phrase-words.ts'
import { audit } from '../../src/ledger/audit.ts'
import { effort, isLong } from '../support/effort.ts'
import { openPlayground } from '../support/playground.ts'
import { rootOf } from '../support/root.ts'
import { clientOf, newcomer, openTestCore, type Person, rich } from '../support/service.ts'

describe('a code that is unknown, mistyped or dead is answered in the same way', () => {
  let service: Awaited<ReturnType<typeof openTestCore>>
  let guest: ReturnType<typeof clientOf>
  beforeAll(async () => {
    service = await openTestCore({ roles: 'api' })
    const root = rootOf(service.core)
    guest = clientOf((path, init) => root.request(path, init), '')
  })
  afterAll(() => service.close())

  const other = (letter: string) => (letter === '7' ? '8' : '7')
  const mistyped = (code: string) => code.slice(0, -1) + other(code.slice(-1))
  const unknown = (code: string) => code.replace(/[A-Z0-9]/g, other)

  /** All that an answer says, but for the code and what is another one in each answer. */
  async function answerTo(code: string, ask: Ask) {
    const { status, headers, text } = await ask(code)
    const shown = JSON.stringify([status, [...headers], text])
    return shown.replaceAll(code, 'CODE').replace(/nonce-[\w+/=-]*|[\da-f-]{36}/g, '')
  }
  type Ask = (code: string) => ReturnType<typeof guest.call>

  const page = (rest: string) => (code: string) => guest.call('GET', `/c/${code}${rest}`)
  test.each<[what: string, ask: Ask]>([
    ['claimed', (code) => service.client.call('POST', '/v1/claims', { code, by: newcomer() })],
    ['looked up', (code) => service.client.call('POST', '/v1/transfers/find', { code })],
    ...['', '/share', '/qr.svg', '/qr.png', '/card.png'].map((rest): [string, Ask] => [
      `opened as ${rest}`,
      page(rest),
    ]),
  ])('where it is %s', async (_, ask) => {
    const { client } = service
    const [ada] = await rich(client, '20', newcomer('Ada'))
    const { id, code: dead } = await client.send(ada, '20')
    const { code } = await client.reissue(id, ada)
    const [first, ...others] = await Promise.all(
      [unknown(code), mistyped(code), dead].map((one) => answerTo(one, ask)),
    )
    expect(JSON.parse(first ?? '')[0]).toBe(404)
    for (const answer of others) expect(answer).toBe(first)
    expect(await answerTo(code, ask)).not.toBe(first)
  })

  test('where it is one by which people link, and so are words', async () => {
    const { client } = service
    const [ada, ben] = await rich(client, '20', newcomer('Ada'), newcomer('Ben', 'discord'))
    const makeCode = async () =>
      (await client.post<{ code: string }>('/v1/identity-links/codes', { by: ada })).code
    const [dead, code] = [await makeCode(), await makeCode()]
    await client.post('/v1/identity-links/codes/spoil', { code: dead })
    const link: Ask = (code) => client.call('POST', '/v1/identity-links', { by: ben, code })
    expect(
      new Set(await Promise.all([unknown(code), mistyped(code), dead].map((one) => answerTo(one, link))))
        .size,
    ).toBe(1)
    expect((await link(code)).status).toBeLessThan(300)

    const group = { messenger: 'telegram', id: `-${ada.id}` }
    const sent = await client.send(ada, '20', { phrase: { here: true }, group })
    const { words } = sent as typeof sent & { words: string }
    const claim: Ask = (phrase) => client.call('POST', '/v1/claims', { phrase, by: newcomer() })
    const guesses = ['amber fox lamp river', `${words}s`, words]
    expect(new Set(await Promise.all(guesses.map((one) => answerTo(one, claim)))).size).toBe(1)
    expect(await client.post('/v1/claims', { phrase: words, by: ben, group })).toMatchObject({
      amount: '20.00',
    })
  })
})

/** For how long people guess. The clock is put on where all of them have to wait. */
const HOURS = effort(1, 24)
const HOUR = 3600
const DAY = 24 * HOUR
/** The most that is tried: of everybody together and in a group in an hour, of a person in a day. */
const MOST = { all: 511, group: 38, person: 15 }
/** Transfers that made words open: as many as the README counts on. */
const OPEN = 80

if (isLong)
  describe(`an attack of ${HOURS} hours on words`, { timeout: 3600_000 }, () => {
    test('by patient people, in groups and through a bot, and by a crowd in the first two hours and in the last, tries no more than the limits let through, and opens nothing', async () => {
      const played = await openPlayground()
      onTestFinished(played.close)
      const { client } = played
      const [ada] = await rich(client, '100', newcomer('Ada'))
      const sent = await Promise.all(
        Array.from({ length: OPEN }, () => client.send(ada, '1', { phrase: {} })),
      )
      const right = sent.map((one) => (one as typeof one & { words: string }).words)
      const { db, close } = connect(played.database)
      onTestFinished(close)
      const phone = await played.follow()

      /** How often each of them was let through in the present hour. */
      let inHour = new Map<string, number>()
      const ofPerson = new Map<string, number>()
      const count = (all: Map<string, number>, one: string) => all.set(one, (all.get(one) ?? 0) + 1)
      const countTried = (person: string, group?: string) => {
        count(ofPerson, person)
        count(inHour, 'all')
        if (group) count(inHour, group)
      }
      let openedWhilePaused = 0

      /** Guesses. @returns for how many seconds they have to wait; 0: it was tried */
      async function guess(by: Person, group?: { messenger: string; id: string }): Promise<number> {
        const claim = (phrase: string) => client.call('POST', '/v1/claims', { by, phrase, group })
        const { status, body, headers } = await claim(random())
        if (status === 404) {
          countTried(by.id, group?.id)
          return 0
        }
        expect([status, body.code]).toEqual([429, 'phrase_paused'])
        const wait = Number(headers.get('retry-after'))
        // Who is paused for long has found nothing, even by the words themselves.
        if (wait > 60) {
          const { body } = await claim(pick(right))
          if (body.code !== 'phrase_paused') openedWhilePaused++
        }
        return wait
      }

      async function guessByBot(): Promise<number> {
        const words = random()
        const before = new Set(phone.messages.keys())
        await played.say('ben', words, { kind: 'private' })
        const { text } = await phone.until(({ messages }) =>
          [...messages.values()].find(
            ({ id, by, chat }) => by === 'bot' && chat === 'private-ben' && !before.has(id),
          ),
        )
        if (text !== texts('en')('refusals.phrase_unknown')) return Number.POSITIVE_INFINITY
        countTried('ben')
        return 0
      }

      const patient = Array.from({ length: 5 }, () => newcomer())
      const groups = Array.from({ length: 2 }, (_, id) => ({ messenger: 'telegram', id: `-${id + 1}` }))
      for (const group of groups) await client.send(ada, '0.01', { group })

      /** Everybody guesses once. @returns for how many seconds all of them have to wait */
      async function guessTogether(isCrowded: boolean): Promise<number> {
        const crowd = isCrowded ? Array.from({ length: 10 }, () => newcomer()) : []
        const waits = await Promise.all([
          ...[...patient, ...crowd].map((one) => guess(one)),
          ...groups.map((group) => guess(newcomer(), group)),
          guessByBot(),
        ])
        return Math.min(...waits)
      }

      const began = Date.now()
      let skipped = 0
      const elapsed = () => skipped + (Date.now() - began) / 1000
      async function skip(seconds: number) {
        skipped += seconds
        await db.execute(sql`update phrase_guesses set since = since - ${seconds} * interval '1 second',
          until = until - ${seconds} * interval '1 second'`)
      }

      for (let hour = 0; hour < HOURS; hour++) {
        const isCrowded = hour < 2 || hour === HOURS - 1
        inHour = new Map()
        // It ends before what was counted from its first guess on is forgotten, and so does the day.
        const end = Math.min(elapsed() + HOUR, DAY)
        let wait = await guessTogether(isCrowded)
        // By then all of that is forgotten.
        const next = elapsed() + HOUR
        while (elapsed() + wait < end && (inHour.get('all') ?? 0) <= MOST.all) {
          if (wait > 0) await skip(wait)
          wait = await guessTogether(isCrowded)
        }
        if (isCrowded) expect(inHour.get('all')).toBe(MOST.all)
        for (const { id } of groups)
          if (isCrowded) expect(inHour.get(id)).toBeLessThanOrEqual(MOST.group)
          else expect(inHour.get(id)).toBe(MOST.group)
        await skip(next - elapsed())
      }

      expect(Math.max(...ofPerson.values())).toBeLessThanOrEqual(MOST.person)
      // Each of them went as far as that: else nothing was attacked.
      if (HOURS === 24) for (const { id } of patient) expect(ofPerson.get(id)).toBe(MOST.person)
      expect(openedWhilePaused).toBe(0)
      expect((await client.history(ada, 'state=open&limit=100')).items.length).toBe(OPEN + groups.length)
      await skip(DAY)
      expect(await client.post('/v1/claims', { by: newcomer(), phrase: pick(right) })).toMatchObject({
        amount: '1.00',
      })
      expect((await audit(db)).faults).toEqual([])
    })
  })

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T
/** As words are made. */
const random = (): string => Array.from({ length: 4 }, () => pick(PHRASE_WORDS.en)).join(' ')
