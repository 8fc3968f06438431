import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openProofs } from '../../../bots/proofs.ts'
import { texts } from '../../../bots/texts/index.ts'
import { connect } from '../../../db/postgres.ts'
import { installations } from '../../../db/schema.ts'
import { PUBLIC_URL } from '../../support/service.ts'
import { type Club, openClub, withClient } from '../../support/slack/club.ts'
import type { Workspace } from '../../support/slack/index.ts'

const t = texts('en')

let club: Club
beforeAll(async () => {
  club = await openClub({}, withClient)
})
afterAll(() => club?.close())
afterEach(() => {
  const { breaches, late, floods } = club.fake
  expect([...breaches, ...late, ...floods, ...club.errors()]).toEqual([])
})

const page = (path: string, cookie = '') =>
  fetch(club.service.url + path, { redirect: 'manual', headers: { cookie } })

/** Somebody opens the page for it, and agrees in Slack. */
async function begin(workspace: Workspace) {
  const opened = await page('/slack/install')
  const cookie = opened.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/HttpOnly; Secure; SameSite=Lax/)
  const back = club.fake.agrees(opened.headers.get('location') ?? '', workspace)
  expect(back.startsWith(`${PUBLIC_URL}/slack/oauth?`)).toBe(true)
  return { path: back.slice(PUBLIC_URL.length), cookie: cookie.split(';')[0] ?? '' }
}
async function install(workspace: Workspace): Promise<void> {
  const { path, cookie } = await begin(workspace)
  const done = await page(path, cookie)
  expect([
    done.status,
    (await done.text()).includes(t('slack.installed', { workspace: workspace.name })),
  ]).toEqual([200, true])
}

test('any workspace installs the app by the page for it, and each has its own people, tokens and books', async () => {
  const { fake } = club
  const [one, two] = [fake.workspace('One'), fake.workspace('Two')]
  const [ada, ben] = [await club.person('Ada', {}, one), await club.person('Ben', {}, two)]
  const groups = [fake.group('lunch', [ada]), fake.group('dinner', [ben])] as const
  expect(await club.answer(groups[0], ada, () => fake.types(ada, groups[0], '/balance'))).toBe(
    t('slack.outsider'),
  )
  await install(one)
  await install(two)
  // What a process has learned before it holds for some seconds.
  await expect
    .poll(() => club.answer(groups[0], ada, () => fake.types(ada, groups[0], '/balance')), {
      timeout: 15_000,
    })
    .toContain('100.00')
  for (const [user, group] of [
    [ada, groups[0]],
    [ben, groups[1]],
  ] as const) {
    const card = await club.card(group, () => fake.types(user, group, '/send', '20'))
    await fake.taps(user, card, 'Cancel')
    await club.reads(card, 'back with its sender')
  }
})

test('people of both who share a channel are there who they are at home', async () => {
  const { fake } = club
  const [one, two] = [fake.workspace('Three'), fake.workspace('Four')]
  await Promise.all([one, two].map(install))
  const [ada, ben] = [await club.person('Ada', {}, one), await club.person('Ben', { isAdmin: true }, two)]
  const group = fake.group('shared', [ada, ben])
  const card = await club.card(group, () => fake.types(ada, group, '/send', ['20 ', ben]))
  expect(await fake.taps(ben, card, 'Collect')).toBe('20.00 CREDIT is yours.')
  const bens = fake.privateChat(ben)
  await fake.says(ben, bens, 'balance')
  await fake.until(() => fake.others(bens).some(({ read }) => read.includes('120.00')))
  // An admin at home is none here.
  expect(await club.answer(group, ben, () => fake.says(ben, group, 'history'))).toContain('admins')
})

test('people of an Enterprise organization are themselves in the workspace that has installed it', async () => {
  const { fake } = club
  const workspace = fake.workspace('Grid', 'E0GRID')
  await install(workspace)
  const [ada, ben] = [await club.person('Ada', {}, workspace), await club.person('Ben', {}, workspace)]
  const group = fake.group('lunch', [ada, ben])
  const card = await club.card(group, () => fake.types(ada, group, '/send', ['20 ', ben]))
  expect(await fake.taps(ben, card, 'Collect')).toBe('20.00 CREDIT is yours.')
})

test('who didn’t begin it can’t finish it; nor can it be finished with another state, late, or twice', async () => {
  const { fake } = club
  const workspace = fake.workspace('Five')
  const { path, cookie } = await begin(workspace)
  const other = await begin(workspace)
  /** As whoever goes back with a state of their own, which their own cookie repeats. */
  const own = (until: number, secret: string) => {
    const state = [until, 'n', openProofs(secret).of(String(until), 'n')].join('.')
    return [path.replace(/state=[^&]*/, `state=${state}`), `passalong_slack=${state}`] as const
  }
  const soon = Date.now() + 60_000
  const refused = [
    [path, ''],
    [path, other.cookie],
    own(soon, 'another'),
    own(Date.now() - 1000, fake.clientSecret),
    [path.replace(/code=[^&]*/, 'code=wrong'), cookie],
    ['/slack/oauth?error=access_denied', cookie],
  ] as const
  for (const [address, given] of refused) expect((await page(address, given)).status).toBe(400)
  expect(workspace.bot).toBeUndefined()
  expect((await page(path, cookie)).status).toBe(200)
  expect((await page(path, cookie)).status).toBe(400)
})

test('a token is in the database only as what the app’s secret opens, and belongs to its workspace; it is erased where the app is removed', async () => {
  const { fake } = club
  const [one, two] = [fake.workspace('Six'), fake.workspace('Seven')]
  await install(one)
  await install(two)
  const { db, close } = connect(club.service.database)
  const stored = async () =>
    new Map((await db.select().from(installations)).map((row) => [row.workspace, row.sealed]))
  try {
    const rows = await stored()
    const text = [...rows.values()]
      .map((sealed) => Buffer.from(sealed, 'base64url').toString('latin1'))
      .join()
    for (const { bot } of [one, two]) expect(text).not.toContain(bot?.token ?? 'none')
    await fake.removes(two)
    await fake.until(async () => !(await stored()).has(two.id))
    // What is put into another row opens nothing.
    await db
      .insert(installations)
      .values({ messenger: 'slack', workspace: two.id, sealed: rows.get(one.id) ?? '' })
    await club.restart()
    const otto = fake.user('Otto', two)
    const theirs = fake.group('theirs', [otto])
    expect(await club.answer(theirs, otto, () => fake.types(otto, theirs, '/balance'))).toBe(
      t('slack.outsider'),
    )
  } finally {
    await close()
  }
  expect(club.log().join('\n')).not.toContain('xoxb-')
})

test('news of a removal that come after it was installed again, also by another process, remove nothing; a token that was revoked is erased', async () => {
  const { fake } = club
  const workspace = fake.workspace('Eight')
  await install(workspace)
  const ada = await club.person('Ada', {}, workspace)
  const group = fake.group('lunch', [ada])
  const balance = () => club.answer(group, ada, () => fake.types(ada, group, '/balance'))
  const other = await club.another()
  expect(await balance()).toContain('100.00')
  workspace.bot = undefined
  await install(workspace)
  await fake.tell('app_uninstalled', workspace, { type: 'app_uninstalled' })
  expect(await balance()).toContain('100.00')
  workspace.bot = undefined
  await fake.tell('tokens_revoked', workspace, { type: 'tokens_revoked', tokens: { bot: ['U1'] } })
  expect(await balance()).toBe(t('slack.outsider'))
  await fake.tellAt(club.service.url)
  await other.close()
})
