import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { PHRASE_WORDS } from '../../src/access/phrase-words.ts'
import { phraseOf, sealedPhrase } from '../../src/access/phrases.ts'
import { audit } from '../../src/ledger/audit.ts'
import { mayBePhrase, plainPhrase } from '../../src/shared/phrase.ts'
import { GUESS_LIMITS } from '../../src/transfers/guesses.ts'
import { keyed } from '../../src/transfers/idempotency.ts'
import { bitsIn } from '../../src/transfers/phrase-strength.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { draftOf, expectBooksRight, type Holder, openSideBySide, outcomesOf } from '../support/books.ts'
import { type Client, newcomer, openTestCore, type Person, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(async () => {
  expect(await audit(service.core.db)).toMatchObject({ faults: [] })
  await service.close()
})

type Sent = ViewWithCode & { words: string }
const sendBy = (from: Person, phrase: object, more: object = {}, by = client) =>
  by.send(from, '20', { phrase, ...more }) as Promise<Sent>
const open = (phrase: string, by: Person, more: object = {}, through = client) =>
  through.post<{ transfer: ViewWithCode; amount: string }>('/v1/claims', { phrase, by, ...more })
const refused = (code: string) => ({ code })
const chat = (id: string) => ({ messenger: 'telegram', id: `-${id}` })

let turn = 0
/** Words that nobody has used yet, and that nothing opens by. */
const fresh = () => `wandering ${turn++} lanterns underneath orchards`

describe('words', () => {
  test('that are made open a transfer, for whoever types them, and its code does not', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben', 'discord'))
    const { id, code, words, phrase } = await sendBy(ada, {})
    expect(phrase).toBe('anywhere')
    expect(words.split(' ')).toHaveLength(4)
    await expect(client.collect(code, ben)).rejects.toMatchObject(refused('phrase_needed'))
    await expect(client.post('/v1/claims', { transfer: id, by: ben })).rejects.toMatchObject(
      refused('phrase_needed'),
    )
    expect(await open(words, ben)).toMatchObject({ amount: '20.00', transfer: { id, state: 'collected' } })
    expect([await client.balance(ada), await client.balance(ben)]).toEqual(['80.00', '120.00'])
    await expect(open(words, newcomer())).rejects.toMatchObject(refused('already_collected'))
  })

  test('can be typed again from hearing: blanks, capitals, widths and punctuation do not count', async () => {
    const [ada] = await rich(client, '100', newcomer())
    const ben = newcomer('Ben')
    const { words } = await sendBy(ada, {})
    const [first = '', ...rest] = words.split(' ')
    await open(`“${first.toUpperCase()},  ${rest.join('-')}！”`, ben)
    const chinese = await sendBy(ada, { language: 'zh-Hans' })
    expect(chinese.words).toMatch(/^(\p{Script=Han} ){3}\p{Script=Han}$/u)
    await open(chinese.words.replaceAll(' ', ''), ben)
    await sendBy(ada, { words: 'Ｓｅｖｅｎ blue Owls' }, { amount: '1' })
    await open('seven-blue-owls', ben)
    expect(await client.balance(ben)).toBe('41.00')
  })

  test('open a red packet for each who knows them, once', async () => {
    const [ada] = await rich(client, '100', newcomer())
    const people = Array.from({ length: 6 }, () => newcomer())
    const { id, words } = await sendBy(ada, {}, { shares: 5, draw: 'lucky' })
    expect(await outcomesOf([...people, ...people].map((by) => open(words, by)))).toEqual({
      done: 5,
      already_yours: 5,
      already_collected: 2,
    })
    expect(await client.transfer(id)).toMatchObject({ state: 'collected', claimed: 5 })
  })

  test('that hold in a group open there alone, and in the chats that are joined to it', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const [group, other, joined] = ['1', '2', '3'].map((id) => chat(`${ada.id}${id}`))
    const { id, words, phrase } = await sendBy(ada, { here: true }, { group })
    expect(phrase).toBe('here')
    for (const more of [{}, { group: other }])
      await expect(open(words, ben, more)).rejects.toMatchObject(refused('phrase_unknown'))
    await service.core.groups.meet(joined as never)
    await service.core.db.execute(sql`update groups set merged_into = (
      select group_id from chats where id = ${group?.id}) where id = (select group_id from chats where id = ${joined?.id})`)
    expect(await open(words, ben, { group: joined })).toMatchObject({ transfer: { id } })
  })

  test('are told again to the sender alone, after a restart too', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const { id, words } = await sendBy(ada, { language: 'zh-Hans' })
    const { database, secretKey } = service
    const again = await openTestCore({ roles: 'api', database, secretKey })
    onTestFinished(again.close)
    expect(await again.client.post(`/v1/transfers/${id}/words`, { by: ada })).toEqual({ words })
    await expect(client.post(`/v1/transfers/${id}/words`, { by: ben })).rejects.toMatchObject(
      refused('not_sender'),
    )
    await client.cancel(id, ada)
    await expect(client.post(`/v1/transfers/${id}/words`, { by: ada })).rejects.toMatchObject(
      refused('cancelled'),
    )
  })

  test('stand nowhere: not in the database, not in the log, and no hash of them that could be tried without the key', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const chosen = 'quiet marmalade bicycles'
    const made = await sendBy(ada, {}, { key: `key-${ada.id}` })
    await client.send(ada, '1', { phrase: { words: chosen }, key: `key2-${ada.id}` })
    await open(made.words, ben, { key: `key-${ben.id}` })
    await expect(open('quiet marmalade tricycles', ben)).rejects.toMatchObject(refused('phrase_unknown'))
    const tables = await service.core.db.execute<{ name: string }>(
      sql`select tablename as name from pg_tables where schemaname = 'public'`,
    )
    for (const { name } of tables) {
      const rows = await service.core.db.execute(sql.raw(`select t::text as row from "${name}" t`))
      const all = JSON.stringify(rows)
      for (const secret of [made.words, plainPhrase(made.words), chosen, plainPhrase(chosen), 'tricycles'])
        expect(all.includes(secret), name).toBe(false)
    }
    // The fingerprint of a request is a fast hash, so it has them sealed.
    const by = { messenger: ben.messenger, id: ben.id }
    const fingerprint = (phrase: string) =>
      keyed('', 'collect', { phrase, by, key: 'k' } as never)?.fingerprint
    const stored = JSON.stringify(
      await service.core.db.execute(sql`select encode(fingerprint, 'hex') as f from requests`),
    )
    expect(stored).toContain(fingerprint(sealedPhrase(service.secretKey, made.words)))
    expect(stored).not.toContain(fingerprint(made.words))
    for (const secret of [made.words, chosen, 'tricycles']) expect(service.log.join()).not.toContain(secret)
  })
})

describe('a phrase that its sender chooses', () => {
  test('is refused where it is too easy to guess for the amount, and the refusal says what it takes', async () => {
    const [ada] = await rich(client, '2000', newcomer())
    const words = 'purple walrus'
    await expect(client.send(ada, '20.01', { phrase: { words } })).rejects.toMatchObject({
      code: 'phrase_weak',
      details: { amount: '20.01', words: 3 },
    })
    await client.send(ada, '20', { phrase: { words } })
    await expect(
      client.send(ada, '200.01', { phrase: { words: 'purple walrus sings' } }),
    ).rejects.toMatchObject({ code: 'phrase_weak', details: { words: 4 } })
    await client.send(ada, '200', { phrase: { words: 'purple walrus sings' } })
    await expect(client.send(ada, '1', { phrase: { words: 'red owl pie' } })).rejects.toMatchObject({
      code: 'phrase_weak',
    })
    await client.send(ada, '1000', { phrase: { words: 'purple walrus sings loudly' } })
  })

  test.each([
    ['happy new year', 6],
    ['新年快乐', 8],
    ['aaaaaaaa', 2],
    ['12345678', 2],
    ['lantern lantern lantern', 10],
    ['amber fox lamp', 24],
    ['春眠不觉晓', 18],
  ])('%j is worth %d bits at most', (words, bits) => {
    expect(bitsIn(words)).toBe(bits)
  })

  test('is refused where another open transfer has it in the same place, and free again after that', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const words = fresh()
    const { id } = await sendBy(ada, { words })
    await expect(sendBy(ben, { words })).rejects.toMatchObject(refused('phrase_taken'))
    await sendBy(ben, { words, here: true }, { group: chat(ben.id) })
    await client.cancel(id, ada)
    await sendBy(ben, { words })
  })

  test('that is in use is a guess: who tries many is paused', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const words = fresh()
    await sendBy(ada, { words })
    const tries = Array.from({ length: 6 }, () => () => sendBy(ben, { words }))
    const outcomes = []
    for (const attempt of tries) outcomes.push(...Object.keys(await outcomesOf([attempt()])))
    expect(outcomes).toEqual([...Array(5).fill('phrase_taken'), 'phrase_paused'])
    await expect(sendBy(ben, {})).resolves.toMatchObject({ state: 'open' })
  })

  test('is taken by one alone of those who choose it at the same moment, in two processes', async () => {
    const [books, all] = await openSideBySide(2)
    const people = (await books.holders(2, 1000_00n)) as [Holder, Holder]
    for (let round = 10; round < 30; round++) {
      const phrase = { hash: `${round}`.repeat(32), here: false }
      const creates = all.flatMap(({ ledger }, process) =>
        Array.from({ length: 5 }, () =>
          ledger.submit({ do: 'create', draft: { ...draftOf(people[process] as Holder, 1_00n), phrase } }),
        ),
      )
      expect(await outcomesOf(creates)).toEqual({ done: 1, phrase_taken: 9 })
    }
    // Nor does the database let anybody else have them.
    await expect(
      books.sql`
        with twin as (
          insert into transfers (id, asset, amount, remaining, from_account, code_hash, phrase_hash, created_at, expires_at)
          select gen_random_uuid(), asset, amount, amount, from_account, '\\x00', phrase_hash, created_at, expires_at
          from transfers where phrase_hash is not null limit 1
          returning id, from_account, amount
        ) insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        select id, from_account, 'fund', -amount, 'open', now() from twin`,
    ).rejects.toThrow('words that open another transfer')
    await expectBooksRight(books)
  })
})

test('where an asset says so, more than a part goes to nobody who has but the link', async () => {
  const asset = {
    code: 'CREDIT',
    scale: 2,
    symbols: [],
    maxTransfer: 2000_00n,
    anyoneUpTo: 50_00n,
    lifetime: 3600,
  }
  const own = await openTestCore({ roles: 'api', assets: [asset] })
  onTestFinished(own.close)
  const [ada, ben] = await rich(own.client, '500', newcomer(), newcomer())
  for (const more of [{}, { shares: 10 }])
    await expect(own.client.send(ada, '50.01', more)).rejects.toMatchObject({
      code: 'name_or_phrase',
      details: { most: '50.00', asset: 'CREDIT' },
    })
  await own.client.send(ada, '50')
  await own.client.send(ada, '50.01', { to: ben })
  await own.client.send(ada, '50.01', { phrase: {}, shares: 10 })
  expect(await own.client.get('/v1/assets?messenger=telegram')).toMatchObject({
    items: [{ code: 'CREDIT', anyoneUpTo: '50.00' }],
  })
})

describe('a retry', () => {
  test('gets the first answer, with the words, also while its sender is paused', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const [made, chosen, claimed] = ['made', 'chosen', 'claimed'].map((name) => ({
      key: `${name}-${ada.id}`,
    }))
    const words = fresh()
    const first = await sendBy(ada, { language: 'zh-Hans' }, made)
    const own = await sendBy(ada, { words }, chosen)
    await open(words, ben, claimed)
    for (const by of [ada, ben]) await exhaust(by)
    expect(await sendBy(ada, { language: 'zh-Hans' }, made)).toMatchObject({
      id: first.id,
      words: first.words,
    })
    expect(await sendBy(ada, { words: words.toUpperCase() }, chosen)).toMatchObject({ id: own.id })
    expect(await open(words, ben, claimed)).toMatchObject({ transfer: { id: own.id }, amount: '20.00' })
    await expect(sendBy(ada, { words: fresh() }, chosen)).rejects.toMatchObject(refused('key_reused'))
  })
})

/** More guesses than anybody has in a day: where there is no limit, a test ends all the same. */
const MANY = 20

/** Tries words until no more are taken. */
async function exhaust(by: Person, more: object = {}, through = client) {
  let [outcome, tries] = ['phrase_unknown' as string | undefined, -1]
  while (outcome === 'phrase_unknown' && ++tries < MANY)
    [outcome] = Object.keys(await outcomesOf([open(fresh(), by, more, through)]))
  return { outcome, tries }
}

describe('who guesses', () => {
  test('is paused, also with the right words and in another process, while others are not', async () => {
    const [ada, ben] = await rich(client, '100', newcomer(), newcomer())
    const eve = newcomer('Eve')
    const { words } = await sendBy(ada, {})
    expect(await exhaust(eve)).toEqual({ outcome: 'phrase_paused', tries: GUESS_LIMITS.person.free })
    const { database, secretKey } = service
    const another = await openTestCore({ roles: 'api', database, secretKey })
    onTestFinished(another.close)
    const answer = await another.client.call('POST', '/v1/claims', { phrase: words, by: eve })
    expect([answer.status, answer.body.code]).toEqual([429, 'phrase_paused'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50)
    await open(words, ben)
  })

  test('is counted before the words are tried: of many at once no more are', async () => {
    const eve = newcomer('Eve')
    const { free } = GUESS_LIMITS.person
    // From the second one on there is a row that two may read at the same moment.
    await expect(open(fresh(), eve)).rejects.toMatchObject(refused('phrase_unknown'))
    const guesses = Array.from({ length: 20 }, () => open(fresh(), eve))
    expect(await outcomesOf(guesses)).toEqual({ phrase_unknown: free - 1, phrase_paused: 20 - (free - 1) })
  })

  test('is not counted for right words, nor for what can be no phrase', async () => {
    const [ada] = await rich(client, '100', newcomer())
    const ben = newcomer()
    for (let turn = 0; turn < 7; turn++) {
      const { words } = await sendBy(ada, {}, { amount: '1' })
      await open(words, ben)
      await expect(open('hello there', ben)).rejects.toMatchObject(refused('phrase_unknown'))
    }
    expect(await exhaust(ben)).toMatchObject({ tries: GUESS_LIMITS.person.free })
  })

  test('in a group is paused with all who guess there; somewhere else they can go on', async () => {
    const group = chat(newcomer().id)
    await service.core.groups.meet(group)
    const crowd = Array.from({ length: 7 }, () => newcomer())
    let tries = 0
    for (const by of crowd) tries += (await exhaust(by, { group })).tries
    expect(tries).toBe(GUESS_LIMITS.group.free)
    const late = newcomer()
    await expect(open(fresh(), late, { group })).rejects.toMatchObject(refused('phrase_paused'))
    await expect(open(fresh(), late)).rejects.toMatchObject(refused('phrase_unknown'))
  })

  test('for a day, with all the patience there is, tries no more than the README says', async () => {
    const own = await openTestCore({ roles: 'api' })
    onTestFinished(own.close)
    const eve = newcomer('Eve')
    /** The time goes on: all that was counted is so much longer ago. */
    const pass = (seconds: number) =>
      own.core.db.execute(sql`update phrase_guesses set since = since - ${seconds} * interval '1 second',
        until = until - ${seconds} * interval '1 second'`)
    let [tries, elapsed] = [0, 0]
    while (tries < MANY) {
      const answer = await own.client.call('POST', '/v1/claims', { phrase: fresh(), by: eve })
      if (answer.status === 404) tries++
      else {
        const pause = Number(answer.headers.get('retry-after'))
        // The last pause ends with the day: what the test itself takes makes it shorter.
        if (elapsed + pause >= 23 * 3600) break
        elapsed += pause
        await pass(pause)
      }
    }
    expect(tries).toBe(15)
    // All together have a limit, too, whoever they are.
    await own.core.db.execute(sql`update phrase_guesses set since = now(), until = now(), tried = ${GUESS_LIMITS.all.free - 1}
      where subject = 'all'`)
    const guesses = [newcomer(), newcomer()].map((by) => open(fresh(), by, {}, own.client))
    expect(await outcomesOf(guesses)).toEqual({ phrase_unknown: 1, phrase_paused: 1 })
  })

  test('in whatever number, has odds below one in a million to find a made phrase', () => {
    for (const words of Object.values(PHRASE_WORDS)) {
      expect(new Set(words).size).toBe(1024)
      // Where no word begins with another one, written together they are still those four.
      for (const word of words) expect(words.filter((other) => other.startsWith(word))).toEqual([word])
    }
    expect(mostIn(24 * 3600, GUESS_LIMITS.person)).toBe(15)
    expect(mostIn(3600, GUESS_LIMITS.group)).toBe(38)
    expect(mostIn(3600, GUESS_LIMITS.all)).toBe(511)
    // What the README says: in a day, of all together, with 80 such transfers open.
    expect((80 * 24 * 511) / 1024 ** 4).toBeLessThan(1e-6)
  })
})

/** How many wrong guesses fit into a window, when each is made as soon as it may be. */
function mostIn(window: number, { free, pause }: { free: number; pause: number }): number {
  let [guesses, at] = [free, 0]
  for (let next = pause; at + next < window; next *= 2) {
    at += next
    guesses++
  }
  return guesses
}

test('made words are other ones for each transfer, and may be a phrase in each language', () => {
  const made = (['en', 'zh-Hans'] as const).flatMap((language) =>
    Array.from({ length: 500 }, (_, id) => phraseOf('key', String(id), language)),
  )
  expect(new Set(made).size).toBe(1000)
  expect(made.every(mayBePhrase)).toBe(true)
})
