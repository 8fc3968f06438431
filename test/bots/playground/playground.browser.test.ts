import type { Locator } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import { hasChromium } from '../../support/browser.ts'
import {
  balances,
  everybody,
  linkOf,
  phone,
  say,
  shownCard,
  tableInBrowser,
  toGroup,
  toPrivate,
} from '../../support/phones.ts'
import { scanned } from '../../support/scanned.ts'

describe.skipIf(!hasChromium('the playground'))('The playground in a browser', () => {
  const table = tableInBrowser()

  test('the whole way: send, a card with a QR code in every phone, collect, and all of it is seen live', async () => {
    const page = await table.open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await say(ada, '/send 20 @ben lunch')
    const cards = await Promise.all([ada, ben, chen].map(shownCard))
    for (const card of cards) {
      await card.getByText('20.00 PLAY').waitFor()
      await card.getByText('Ada (@ada) → Ben (@ben)').waitFor()
      await card.getByText('lunch').waitFor()
    }
    const picture = cards[1]?.getByRole('img', { name: 'QR code: collect 20.00 PLAY' })
    expect(await scanned((await picture?.screenshot()) as Buffer)).toBe(await linkOf(cards[1]))
    expect(await cards[2]?.getByRole('timer').innerText()).toMatch(/^23小时 \d+分钟后自动退回$/)

    await cards[2]?.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('这是给别人的。').waitFor()
    expect(await ben.getByRole('status').innerText()).toBe('')
    await cards[1]?.getByRole('button', { name: 'Collect' }).click()
    await ben.getByRole('status').getByText('20.00 PLAY is yours.').waitFor()
    for (const each of [ada, ben, chen]) {
      await each.getByText('✅ Ben (@ben) has collected it.').waitFor()
      expect(await each.getByRole('button', { name: 'Collect' }).count()).toBe(0)
      expect(await each.getByRole('img').count()).toBe(0)
    }
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })

    await ada.getByText(/^[1-9] unread$/).waitFor()
    await toPrivate(ada)
    await ada.getByText('✅ Ben (@ben) has collected your 20.00 PLAY (lunch).').waitFor()
    expect(await ada.getByText(/^[1-9] unread$/).count()).toBe(0)
    await say(ada, '/history')
    await ada.getByText('−20.00 PLAY → Ben (@ben)  collected · lunch').waitFor()
    await toGroup(ada)
    await say(ada, '/history')
    await ada.getByText('20.00 PLAY  Ada (@ada) → Ben (@ben)  collected · lunch').waitFor()
    await say(ben, '/history')
    await ben.getByText('The history of a group is for its admins.').waitFor()
  })

  test('whoever taps first has what is for anyone; a sender cancels, a recipient declines', async () => {
    const page = await table.open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await say(ada, '/send 20')
    await chen.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('20.00 PLAY 已到账。').waitFor()
    await ben.getByText('✅ 陈晨 (@chen) has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(chen, '/send 5 @ada 茶')
    await ada.getByText('仅限 Ada (@ada) 领取。').waitFor()
    await ben.getByRole('button', { name: '撤回' }).click()
    await ben.getByRole('status').getByText('Only its sender can do that.').waitFor()
    await chen.getByRole('button', { name: '撤回' }).click()
    await ada.getByText('↩️ 已撤回，并已退回付款人。').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(ben, '/send 7 @ada for the taxi')
    await ada.getByRole('button', { name: 'Decline' }).click()
    await chen.getByText('↩️ Declined: it is back with its sender.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })
    await toPrivate(ben)
    await ben.getByText('↩️ Ada (@ada) declined your 7.00 PLAY (for the taxi).').waitFor()
  })

  test('everybody is spoken to in their language', async () => {
    const page = await table.open()
    const chen = phone(page, 'chen')
    await chen.getByRole('combobox', { name: '消息' }).pressSequentially('/')
    await chen.getByRole('option', { name: '/balance' }).getByText('查看余额').waitFor()
    await page.keyboard.type('ba')
    expect(await chen.getByRole('option').count()).toBe(1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await chen.getByText(texts('zh-Hans')('group.inPrivate')).waitFor()
    expect(await page.locator('.log').getByText('你的余额').count()).toBe(0)
    await toPrivate(chen)
    await chen.getByText('你的余额 100.00 PLAY').waitFor()
    await say(chen, '/send 1,50 @ben')
    await chen.getByText('“1,50”有两种读法').waitFor()
  })

  test('what is wrong is answered with what was understood and what works; markup stays text', async () => {
    const page = await table.open()
    const ben = phone(page, 'ben')
    await say(ben, '/send abc @ada books')
    await ben.getByText('"abc" is not an amount').waitFor()
    await ben.getByText('Understood: amount abc, to Ada (@ada), note "books".').waitFor()
    const note = '<img src=x onerror="document.title=1"> <b>tea</b>'
    await say(ben, `/send 3 @ada ${note}`)
    for (const who of everybody) await phone(page, who).locator('.memo').getByText(note).waitFor()
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expect(await page.title()).toBe('Playground · Passalong')
  })

  test('an answer to a message is for the one who wrote it; an example needs no typing', async () => {
    const page = await table.open()
    const ada = phone(page, 'ada')
    await ada.getByRole('button', { name: 'Reply to Ben' }).click()
    await ada.getByText('Reply to Ben: I paid for lunch').waitFor()
    await ada.getByRole('button', { name: '/send 5' }).click()
    await ada.getByRole('button', { name: 'Send', exact: true }).dblclick()
    await ada.getByText('Ada (@ada) → Ben (@ben)').waitFor()
    await ada.locator('.quote').getByText('I paid for lunch').waitFor()
    await balances(page, { ada: '95.00', ben: '100.00', chen: '100.00' })
    expect(await ada.getByText('Ada (@ada) → Ben (@ben)').count()).toBe(1)
  })

  test('a red packet from the examples is shared by those who tap, and says who was the luckiest', async () => {
    const page = await table.open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await ada.getByRole('button', { name: '/red 8 2 happy Friday' }).click()
    await ada.getByRole('button', { name: 'Send', exact: true }).click()
    const status = (await shownCard(chen)).locator('.status')
    await status.getByText('SHA-256').waitFor()
    expect(await status.evaluate((one) => one.scrollWidth <= one.clientWidth)).toBe(true)
    for (const [who, progress] of [
      [ben, '1 of 2 taken.'],
      [chen, 'All 2 shares are taken.'],
    ] as const) {
      await who.getByRole('button', { name: 'Collect' }).click()
      await ada.getByText(progress).waitFor()
    }
    await ada.getByText(/The luckiest: (Ben|陈晨) .* with \d\.\d\d PLAY/).waitFor()
    await ada.getByRole('button', { name: 'Check the lots' }).waitFor()
  })

  test('a link opens as the one whose phone it is, and what is collected there is seen in the chat', async () => {
    const page = await table.open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const tab = page.context().waitForEvent('page')
    await phone(page, 'ben').getByRole('button', { name: 'Open link' }).click()
    const claim = await tab
    await claim.getByText('You are Ben (@ben)').waitFor()
    await claim.getByRole('button', { name: 'Collect 20.00 PLAY' }).click()
    await claim.getByText('It’s yours').waitFor()
    for (const who of everybody) await phone(page, who).getByText('✅ Ben (@ben) has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })
  })

  test('a link that leads here asks as whom, leaves the address bar, and moves nothing', async () => {
    const page = await table.open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const card = await shownCard(phone(page, 'ada'))
    await page.goto(await linkOf(card))
    await page.getByRole('link', { name: 'Playground' }).click()
    const dialog = page.getByRole('dialog', { name: 'Who opens this link?' })
    await dialog.waitFor()
    expect(page.url()).toBe(`${table.playground.url}/`)
    await dialog.getByRole('button', { name: 'Ben' }).click()
    const ben = phone(page, 'ben')
    expect(await ben.getByRole('radio', { name: 'Passalong' }).isChecked()).toBe(true)
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    // The one before it came by itself, as it is for Ben.
    await ben.getByRole('button', { name: 'Collect' }).last().click()
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })
  })

  test('what nobody collects goes back by itself, and every card shows it', async () => {
    const page = await table.open({ lifetime: 4 })
    const ada = phone(page, 'ada')
    await say(ada, '/send 20 @ben lunch')
    await ada
      .getByRole('timer')
      .getByText(/Goes back in [1-4] sec/)
      .waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    for (const who of everybody)
      await phone(page, who).getByText('⌛ Not collected in time: it is back with its sender.').waitFor()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    await toPrivate(ada)
    await ada.getByText('⌛ Nobody collected your 20.00 PLAY (lunch) in time.').waitFor()
  })

  test('after the service was away the page connects again by itself and shows what there is', async () => {
    const page = await table.open()
    await page.route('**/playground/events', (route) => route.fulfill({ status: 502 }))
    // The stream that is open now ends with the service; until it is back, every new one is turned away.
    const turnedAway = page.waitForResponse((response) => response.status() === 502)
    await table.restart()
    await turnedAway
    await page.getByText('Connecting again…').waitFor()
    await page.unroute('**/playground/events')
    await page.getByText('Connecting again…').waitFor({ state: 'hidden' })
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    await shownCard(phone(page, 'ben'))
  })

  test('a restart is told in words, in their language, to whoever has seen what was before', async () => {
    const words =
      'The playground was restarted: its chats begin anew. Everybody has at least 100.00 PLAY again.'
    const page = await table.open()
    const notice = page.getByText(words)
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    await phone(page, 'ada').getByRole('button', { name: 'Reply to Ben' }).click()
    await page.reload()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    expect(await notice.isVisible()).toBe(false)

    const chinese = await table.openPage(1280, 900, 'zh-CN')
    await table.restart()
    await notice.waitFor()
    await chinese.getByText('试玩已重新启动：聊天从头开始，每人至少有 100.00 PLAY。').waitFor()
    await chinese.getByRole('button', { name: '关闭', exact: true }).waitFor()
    await chinese.close()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await phone(page, 'ada').locator('article').count()).toBe(1)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    expect(await notice.isVisible()).toBe(false)
    await page.reload()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await notice.isVisible()).toBe(false)

    // The page was loaded again meanwhile: nothing but the browser remembers.
    await page.goto('about:blank')
    await table.restart()
    await page.goto(table.playground.url)
    await notice.waitFor()
    const stranger = await table.openPage(1280, 900)
    await balances(stranger, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await stranger.getByText(words).isVisible()).toBe(false)
  })

  test('an answer to a message that went with a restart is no answer any more', async () => {
    const page = await table.open()
    const ada = phone(page, 'ada')
    await ada.getByRole('button', { name: 'Reply to Ben' }).click()
    await ada.getByText('Reply to Ben: I paid').waitFor()
    await table.restart()
    await page.getByText('The playground was restarted').waitFor()
    await ada.getByText('Reply to Ben: I paid').waitFor({ state: 'hidden' })
  })
})
