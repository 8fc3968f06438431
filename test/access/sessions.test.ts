import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  endSession,
  findLink,
  findSession,
  makeLink,
  makeTicket,
  redeemLink,
  redeemTicket,
} from '../../src/access/sessions.ts'
import { newcomer, openTestCore } from '../support/service.ts'

const ada = newcomer()
const who = { messenger: ada.messenger, id: ada.id }
let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  await service.core.people.meet(ada)
})
afterAll(() => service.close())

/** Of all that are kept, by how long they are still good, in seconds. */
const kept = async () => {
  const rows = await service.core.db.execute<{ kind: string; seconds: string }>(
    sql`select kind, round(extract(epoch from expires_at - now())) as seconds from sessions order by 2, 1`,
  )
  return rows.map(({ kind, seconds }) => [kind, Math.round(Number(seconds) / 60)])
}
const pass = (minutes: number) =>
  service.core.db.execute(
    sql`update sessions set expires_at = expires_at - make_interval(mins => ${minutes})`,
  )

test('a ticket is good for two minutes, a link for ten, a session for twelve hours, and the old ones go', async () => {
  const { db } = service.core
  const ticket = await makeTicket(db, who)
  const link = await makeLink(db, who, '/me')
  const session = (await redeemTicket(db, await makeTicket(db, who))) ?? ''
  expect(await kept()).toEqual([
    ['ticket', 2],
    ['link', 10],
    ['session', 720],
  ])
  expect(Math.round((link.expiresAt.getTime() - Date.now()) / 60_000)).toBe(10)

  await pass(2)
  expect(await redeemTicket(db, ticket)).toBeUndefined()
  expect(await findLink(db, link.secret)).toMatchObject({ who, leadsTo: '/me' })
  await pass(8)
  expect(await findLink(db, link.secret)).toBeUndefined()
  expect(await redeemLink(db, link.secret)).toBeUndefined()
  expect(await findSession(db, session)).toEqual(who)
  await pass(710)
  expect(await findSession(db, session)).toBeUndefined()
  await makeTicket(db, who)
  expect(await kept()).toEqual([['ticket', 2]])
})

test('each is good once, and for nothing else', async () => {
  const { db } = service.core
  const [ticket, link] = [await makeTicket(db, who), await makeLink(db, who, '/me')]
  expect(await redeemTicket(db, link.secret)).toBeUndefined()
  expect([await redeemLink(db, ticket), await findLink(db, ticket)]).toEqual([undefined, undefined])
  expect([await findSession(db, ticket), await findSession(db, link.secret)]).toEqual([undefined, undefined])

  const opened = await redeemLink(db, link.secret)
  expect(opened).toMatchObject({ who, leadsTo: '/me', expiresAt: link.expiresAt })
  expect(await redeemLink(db, link.secret)).toBeUndefined()
  const session = (await redeemTicket(db, ticket)) ?? ''
  expect(await redeemTicket(db, ticket)).toBeUndefined()
  expect(await findSession(db, opened?.session ?? '')).toEqual(who)

  await endSession(db, session)
  expect(await findSession(db, session)).toBeUndefined()
  expect(await findSession(db, opened?.session ?? '')).toEqual(who)
})
