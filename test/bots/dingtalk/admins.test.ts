import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, identityOf, openClub } from '../../support/dingtalk/club.ts'
import { PUBLIC_URL } from '../../support/service.ts'
import { wordsOf } from '../../support/visitor.ts'

describe('Where the messenger tells no admins of its groups', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.errors()]).toEqual([]))

  async function team() {
    const { ada, ben, group } = await club.pair()
    const boss = await club.person('王总', { isAdmin: true })
    group.members.push(boss)
    const says = (who: typeof ada, words: string | (string | typeof ada)[]) =>
      club.answer(group, () => club.fake.says(who, group, words))
    return { ada, ben, boss, group, says }
  }

  test('whom it calls admins name others, who have the books then, and name others in turn', async () => {
    const { fake } = club
    const { ada, ben, boss, group, says } = await team()
    expect(await says(ada, '管理员')).toContain('还没有指定别人')
    expect(await says(ada, ['管理员 添加 ', ada])).toContain('仅限本群管理员')
    expect(await says(boss, ['管理员 添加 ', ada])).toContain(`${called(ada)} 现在是本群管理员`)
    expect(await says(ben, '管理员')).toContain(called(ada))
    await club.card(group, () => fake.says(ben, group, '转账 30 @金库'))
    const paid = await club.card(group, () => fake.says(ada, group, ['支付 20 给 ', ben]))
    expect(await fake.taps(ben, paid, '领取')).toBe('20.00 CREDIT 已到账。')
    expect(await says(ada, ['管理员 添加 ', ben])).toContain(called(ben))

    const { client, url } = club.service
    const { ticket } = await client.post<{ ticket: string }>('/v1/tickets', { by: identityOf(ada) })
    const signedIn = await fetch(`${url}/session`, {
      method: 'POST',
      body: new URLSearchParams({ ticket }),
      headers: { origin: PUBLIC_URL },
      redirect: 'manual',
    })
    const headers = { cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '', accept: 'text/html' }
    const books = await fetch(`${url}/groups`, { headers, redirect: 'manual' })
    const trail = await fetch(`${url}${books.headers.get('location')}/trail`, { headers })
    const words = await wordsOf(trail)
    expect(words).toContain(`Named ${called(ada)} an admin`)
    expect(words).toContain(`Named ${called(ben)} an admin`)
  })

  test('who is an admin no longer is none at once, for the bot and for the pages', async () => {
    const { ada, ben, boss, group, says } = await team()
    await says(boss, ['/admins add ', ada])
    expect(await says(boss, ['/admins remove ', ada])).toContain('已取消')
    expect(await says(ada, '/rules max 50')).toContain('仅限本群管理员')
    const { client } = club.service
    const path = `/v1/groups/dingtalk/${encodeURIComponent(group.id)}`
    const json = { by: identityOf(ada), who: identityOf(ben), isNamed: true }
    await expect(client.post(`${path}/named-admins`, json)).rejects.toMatchObject({ code: 'not_admin' })
    expect(await client.get(`${path}/named-admins`)).toEqual({ items: [] })
  })

  test('naming is no guess: a name typed by hand, nobody, and several are asked back', async () => {
    const { ada, ben, boss, says } = await team()
    for (const words of [
      ['管理员 添加'],
      ['管理员 添加 @陈晨'],
      ['管理员 添加 ', ada, ben],
      ['管理员 ', ada],
    ])
      expect(await says(boss, words)).toContain('管理员 添加 @朋友')
    expect(await says(boss, '管理员')).toContain('还没有指定别人')
  })
})
