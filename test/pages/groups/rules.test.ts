import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeList } from '../../../src/groups/list-changes.ts'
import { DEFAULT_RULES } from '../../../src/groups/rules.ts'
import { type Club, openClub } from '../../support/club.ts'
import { openPages, type PagesUnderTest } from '../../support/pages.ts'
import { visitorOf, wordsOf } from '../../support/visitor.ts'

let pages: PagesUnderTest
const { get, post, signIn } = visitorOf(() => pages)
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages?.close())

/** A group, its pages, and an admin who is signed in. */
async function opened() {
  const club = await openClub(pages)
  const cookie = await signIn(club.admin)
  const path = `/groups/${club.groupId}`
  return {
    ...club,
    path,
    cookie,
    form: async () => fieldsIn(await (await get(`${path}/rules`, cookie)).text()),
  }
}

const send = async ({ groupId, member }: Club, amount: string) => {
  await pages.call('POST', '/issues', { amount, to: member })
  const chat = (await pages.core.groups.chatsOf([groupId])).get(groupId)
  return pages.call('POST', '/transfers', {
    from: member,
    amount,
    group: { messenger: chat?.messenger, id: chat?.id },
  })
}

describe('the page of a group’s rules', () => {
  test('shows them as they are, a field for each', async () => {
    const { groupId, admin, form } = await opened()
    expect(await form()).toMatchObject({
      on: 'on',
      senders: 'everybody',
      'limits.CREDIT.transfer': '',
      timeZone: 'UTC',
      hours: '',
    })
    const limits = { CREDIT: { transfer: '50', day: '200' } }
    const approvals = { FLASH: { above: '10', needs: 2 } }
    await pages.core.rules.save(
      groupId,
      {
        ...DEFAULT_RULES,
        senders: 'admins',
        limits,
        approvals,
        hours: 48,
        language: 'zh-Hans',
        asset: 'FLASH',
      },
      admin,
    )
    expect(await form()).toMatchObject({
      senders: 'admins',
      'limits.CREDIT.transfer': '50.00',
      'limits.CREDIT.day': '200.00',
      'approvals.FLASH.above': '10.00',
      'approvals.FLASH.needs': '2',
      'approvals.CREDIT.needs': '',
      hours: '48',
      language: 'zh-Hans',
      asset: 'FLASH',
    })
  })

  test('rehearses them, saves nothing by that, and saves what was rehearsed', async () => {
    const club = await opened()
    const { path, cookie, groupId, form, member } = club
    await send(club, '60')
    await send(club, '50')
    const wanted = { ...(await form()), 'limits.CREDIT.transfer': '50', timeZone: 'asia/shanghai' }
    const rehearsed = await post(`${path}/rules`, wanted, cookie)
    expect(rehearsed.status).toBe(200)
    const page = await rehearsed.text()
    const words = withoutMarkup(page)
    // Two of those who are in the group have sent 1.00 each.
    expect(words).toContain(
      'In the last 30 days this would have refused 1 of 4 transfers, all of one person.',
    )
    expect(words).toContain('More CREDIT than one transfer may hold: 1')
    expect(words).toContain('Largest transfer of CREDIT no limit 50.00 CREDIT')
    expect(words).toContain('Time zone UTC Asia/Shanghai')
    expect(words).toContain(`${member.name} (@${member.handle})`)
    expect(await pages.core.rules.of(groupId)).toEqual(DEFAULT_RULES)

    const saved = await post(`${path}/rules/save`, fieldsIn(page, `${path}/rules/save`), cookie)
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${path}/rules?saved`])
    expect(await pages.core.rules.of(groupId)).toEqual({
      ...DEFAULT_RULES,
      limits: { CREDIT: { transfer: '50.00' } },
      timeZone: 'Asia/Shanghai',
    })
    await expect(send(club, '51')).rejects.toThrow('group_transfer_limit')
  })

  test('names what is wrong beside its field, all at once, and keeps what was typed', async () => {
    const { path, cookie, form, groupId } = await opened()
    const typed = {
      ...(await form()),
      'limits.CREDIT.transfer': '2000',
      'limits.FLASH.day': '1,50',
      'approvals.CREDIT.needs': '2',
      'approvals.CREDIT.above': 'much',
      timeZone: 'Mars/Olympus',
    }
    for (const address of [`${path}/rules`, `${path}/rules/save`]) {
      const answer = await post(address, typed, cookie)
      expect(answer.status).toBe(422)
      const page = await answer.text()
      expect(errorIn(page, 'limits.CREDIT.transfer')).toBe(
        'A limit must be below 2000.00 CREDIT, which holds everywhere.',
      )
      expect(errorIn(page, 'limits.FLASH.day')).toContain('can be read in two ways')
      expect(errorIn(page, 'approvals.CREDIT.above')).toContain('is not an amount')
      expect(errorIn(page, 'timeZone')).toBe(
        '“Mars/Olympus” is no time zone. Zones are called like Asia/Shanghai.',
      )
      expect(fieldsIn(page)).toMatchObject(typed)
    }
    const hours = await (await post(`${path}/rules`, { ...typed, hours: '1.5' }, cookie)).text()
    expect(errorIn(hours, 'hours')).toBe('Fill in whole hours, from 1 to 8,760.')
    expect(await pages.core.rules.of(groupId)).toEqual(DEFAULT_RULES)
  })

  test('turns sending off, and lets only those on a list send', async () => {
    const { path, cookie, form, groupId, admin, member } = await opened()
    const id = await makeList(pages.core, {
      groupId,
      by: admin,
      name: 'Treasurers',
      members: [{ messenger: 'telegram', id: member.id }],
    })
    const { on: _, ...off }: Record<string, string> = { ...(await form()), senders: id }
    const page = await (await post(`${path}/rules`, off, cookie)).text()
    expect(withoutMarkup(page)).toContain('Who may send Everybody The list “Treasurers”')
    await post(`${path}/rules/save`, fieldsIn(page, `${path}/rules/save`), cookie)
    expect(await pages.core.rules.of(groupId)).toMatchObject({ on: false, senders: { list: id } })
  })

  test('saves nothing over what another admin has saved meanwhile, but says so', async () => {
    const { path, cookie, form, groupId, second } = await opened()
    const wanted = { ...(await form()), hours: '72' }
    const page = await (await post(`${path}/rules`, wanted, cookie)).text()
    await pages.core.rules.save(groupId, { ...DEFAULT_RULES, senders: 'admins' }, second)
    const confirmed = fieldsIn(page, `${path}/rules/save`)
    const answer = await post(`${path}/rules/save`, confirmed, cookie)
    expect(answer.status).toBe(409)
    const again = await answer.text()
    expect(withoutMarkup(again)).toContain('Another admin has changed the rules meanwhile')
    expect(withoutMarkup(again)).toContain('Who may send Admins Everybody')
    expect(await pages.core.rules.of(groupId)).toMatchObject({ senders: 'admins' })
    // Who has seen it may insist.
    expect((await post(`${path}/rules/save`, fieldsIn(again, `${path}/rules/save`), cookie)).status).toBe(303)
    expect(await pages.core.rules.of(groupId)).toEqual({ ...DEFAULT_RULES, hours: 72 })
  })

  test('has nothing to save where nothing would change', async () => {
    const { path, cookie, form } = await opened()
    const page = await (await post(`${path}/rules`, await form(), cookie)).text()
    expect(withoutMarkup(page)).toContain('nothing would change')
    expect(page).not.toContain(`${path}/rules/save`)
  })

  test('is for admins alone, and so is saving; other sites are refused', async () => {
    const { path, member, groupId, form, cookie } = await opened()
    const fields = { ...(await form()), senders: 'admins' }
    const theirs = await signIn(member)
    expect((await get(`${path}/rules`, theirs)).status).toBe(403)
    expect((await get(`${path}/trail`, theirs)).status).toBe(403)
    expect((await get(`${path}/rules`)).status).toBe(401)
    for (const address of ['/rules', '/rules/save']) {
      expect((await post(path + address, fields, theirs)).status).toBe(403)
      const elsewhere = { ...cookie, origin: 'https://elsewhere.example' }
      expect((await post(path + address, fields, elsewhere)).status).toBe(403)
    }
    expect(await pages.core.rules.of(groupId)).toEqual(DEFAULT_RULES)
  })
})

describe('the page of a group’s trail', () => {
  test('says who has changed what, and when by the group’s clock', async () => {
    const { path, cookie, groupId, admin, second } = await opened()
    expect(await wordsOf(await get(`${path}/trail`, cookie))).toContain('Nothing was changed yet.')
    const { rules, trail } = pages.core
    await rules.save(groupId, { ...DEFAULT_RULES, timeZone: 'Asia/Shanghai', hours: 48 }, admin)
    await rules.save(groupId, { ...DEFAULT_RULES, timeZone: 'Asia/Shanghai', on: false }, second)
    await makeList(pages.core, { groupId, by: second, name: '<b>Crew</b>', members: [] })
    await trail.append({ groupId, by: admin, what: 'weighed', details: {} })
    const page = await (await get(`${path}/trail`, cookie)).text()
    expect(page).not.toContain('<b>Crew')
    const words = withoutMarkup(page)
    expect(words).toContain('Times are those of Asia/Shanghai.')
    expect(words).toContain('Something else: weighed')
    expect(words).toContain('Made the list &lt;b&gt;Crew&lt;/b&gt;')
    expect(words).toContain(`${second.name} (@${second.handle}) Sending : on → off`)
    expect(words).toContain('How long a transfer stays open : 48 hours → the usual time')
    expect(words).toContain('Time zone : UTC → Asia/Shanghai')
    expect(words.indexOf('weighed')).toBeLessThan(words.indexOf('Sending : on'))
  })

  test('is read page by page', async () => {
    const { path, cookie, groupId, admin } = await opened()
    for (let n = 1; n <= 51; n++)
      await pages.core.trail.append({
        groupId,
        by: admin,
        what: 'list_deleted',
        details: { name: `Crew ${n}` },
      })
    const first = await (await get(`${path}/trail`, cookie)).text()
    expect(withoutMarkup(first)).toMatch(/Crew 51 .*Crew 2 /)
    expect(first).not.toMatch(/Crew 1</)
    expect(first).toContain(`href="${path}/trail?before=2"`)
    const second = await (await get(`${path}/trail?before=2`, cookie)).text()
    expect(second).toMatch(/Crew 1</)
    expect(second).toContain(`href="${path}/trail"`)
    expect((await get(`${path}/trail?before=x`, cookie)).status).toBe(200)
  })
})

/** The fields of a page's form and what is in them; by default of its last one. */
function fieldsIn(page: string, action?: string): Record<string, string> {
  const forms = [...page.matchAll(/<form method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)]
  const html = (action ? forms.find(([, to]) => to === action) : forms.at(-1))?.[2] ?? ''
  const attribute = (tag: string, name: string) =>
    unescaped(tag.match(new RegExp(`${name}="([^"]*)"`))?.[1] ?? '')
  const inputs = [...html.matchAll(/<input [^>]*>/g)].flatMap(([tag]) => {
    if (!tag.includes('type="checkbox"')) return [[attribute(tag, 'name'), attribute(tag, 'value')]]
    return / checked/.test(tag) ? [[attribute(tag, 'name'), 'on']] : []
  })
  const selects = [...html.matchAll(/<select [^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g)].map(
    ([, name, options = '']) => [name, options.match(/value="([^"]*)" selected/)?.[1] ?? ''],
  )
  return Object.fromEntries([...inputs, ...selects])
}

const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

const withoutMarkup = (page: string) =>
  page
    .replace(/^[\s\S]*<main/, '<main')
    .replace(/<datalist[\s\S]*?<\/datalist>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

/** What stands beside a field as its mistake. */
const errorIn = (page: string, field: string) =>
  page.match(new RegExp(`<p class="error" id="${field.replaceAll('.', '\\.')}-error">([^<]*)</p>`))?.[1]
