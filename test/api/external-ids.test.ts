import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { body, connectApi } from '../../bots/client.ts'
import { createApi } from '../../src/api/app.ts'
import { readConfig } from '../../src/config.ts'
import { commandLine } from '../support/command-line.ts'
import { openTestCore } from '../support/service.ts'

/** As XMPP, Matrix, DingTalk and Teams name people and rooms, and what an address would take for something else. */
const IDS = [
  '@ada:example.org',
  'ada@example.org',
  'room@conference.example.org/ada',
  'a+b=c/d',
  '19:8a7b@thread.tacv2;messageid=1615',
  '$cidA1B2==',
  '100%',
  'a%2Fb',
  '../up',
  'a?b#c&d',
  'ада@пример.рф',
  'x'.repeat(255),
]

let service: Awaited<ReturnType<typeof openTestCore>>
let passalong: ReturnType<typeof commandLine>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api', operators: ['chat:@op:example.org'] })
  passalong = commandLine({ DATABASE_URL: service.database, SECRET_KEY: service.secretKey })
})
afterAll(() => service.close())

describe.each(IDS)('A messenger that calls somebody or something %s', (id) => {
  const messenger = 'chat'
  const somebody = { messenger, id }
  const api = () => {
    const { core } = service
    const app = createApi(core)
    return connectApi('http://core.test', core.tokens.inProcess(messenger), async (url, init) =>
      app.request(String(url), init),
    )
  }

  test('finds them under it by every route: money, history, groups, cards, offers, tickets', async () => {
    const { people, groups, transfers, chats, tickets, claims, messengers } = api()
    const { client } = service
    const param = somebody
    const other = { messenger, id: `other ${id}`.replace(' ', '-').slice(0, 255) }
    await body(people[':messenger'][':id'].$put({ param, json: { name: 'Ada' } }))
    await client.issue(somebody, '10')
    const group = { messenger, id: `group-${id}`.slice(0, 255), title: 'Club' }
    const card = { messenger, chat: id, language: 'en' }
    const sent = await body(
      transfers.$post({
        json: {
          amount: '4',
          from: somebody,
          to: other,
          group,
          card,
          key: `send-${id.length}-${IDS.indexOf(id)}`,
        },
      }),
    )
    expect(sent.from?.id).toBe(id)
    const one = transfers[':id']
    const place = { messenger, chat: id, message: id }
    await body(one.cards.$post({ param: { id: sent.id }, json: { ...place, language: 'en', drawn: 'open' } }))
    expect((await body(one.cards.$get({ param: { id: sent.id } }))).items).toMatchObject([place])
    await body(chats[':messenger'].reached.$post({ param: { messenger }, json: { chats: [id] } }))
    const { transfer } = await body(claims.$post({ json: { code: sent.code, by: other } }))
    expect(transfer.collectedBy?.id).toBe(other.id)

    const mine = await body(people[':messenger'][':id'].history.$get({ param, query: {} }))
    expect(mine.items.map(({ direction }) => direction)).toEqual(['sent', 'received'])
    const { balances } = await body(people[':messenger'][':id'].balances.$get({ param }))
    expect(balances[0]?.amount).toBe('6.00')
    expect((await body(people[':messenger'][':id'].notices.$put({ param, json: { on: false } }))).on).toBe(
      false,
    )
    expect((await body(people[':messenger'][':id'].notices.$get({ param }))).on).toBe(false)
    expect((await body(people[':messenger'][':id'].offers.$get({ param }))).items).toEqual([])
    expect((await body(tickets.$post({ json: { by: somebody } }))).ticket).toMatch(/./)

    const query = { called: 'Ada', group: group.id }
    const { items: called } = await body(people[':messenger'].$get({ param: { messenger }, query }))
    expect(called.map((found) => found.id)).toEqual([id])
    const inGroup = { messenger, id: group.id }
    const books = await body(groups[':messenger'][':id'].history.$get({ param: inGroup, query: {} }))
    expect(books.items.map((item) => item.group?.id)).toEqual([group.id])
    const to = `moved-${id}`.slice(0, 255)
    await body(groups[':messenger'][':id'].move.$post({ param: inGroup, json: { to } }))
    const moved = await body(
      groups[':messenger'][':id'].history.$get({ param: { messenger, id: to }, query: {} }),
    )
    expect(moved.items).toHaveLength(1)

    const bots = messengers[':messenger'].bots[':bot']
    await body(bots.$put({ param: { messenger: 'chat', bot: id } }))
  })

  test('finds them on the command line, split where the messenger ends', async () => {
    await service.client.issue(somebody, '1')
    const { code, out } = await passalong.call(['withdraw', '1', `${messenger}:${id}`])
    expect([code, out]).toEqual([0, `Taken back from ${messenger}:${id}: 1.00 CREDIT\n`])
  })
})

test('what nobody could see, or an address would lose, is no id', async () => {
  const { client } = service
  const isRefused = async (id: string) => {
    const { status, body: problem } = await client.call('POST', '/v1/issues', {
      to: { messenger: 'chat', id },
      amount: '1',
    })
    return [status, problem.code]
  }
  for (const id of ['', ' ada', 'a b', 'a\u200Bb', 'a\u202Eb', 'a\nb', '.', '..', '<b>', 'x'.repeat(256)])
    expect(await isRefused(id)).toEqual([400, 'invalid_request'])
})

test('where people are known by numbers, nothing else is an id', async () => {
  for (const [messenger, id] of [
    ['telegram', '@ada:example.org'],
    ['discord', 'ada@example.org'],
    ['playground', 'ada/ben'],
  ])
    expect(
      (await service.client.call('POST', '/v1/issues', { to: { messenger, id }, amount: '1' })).status,
    ).toBe(400)
})

test('operators are split where the messenger ends', () => {
  const listed = 'matrix:@ada:example.org, irc:net/room@host/ada'
  expect([...readConfig({ OPERATORS: listed }).operators]).toEqual(listed.split(', '))
})
