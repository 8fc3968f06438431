import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeAction } from '../../bots/actions.ts'
import { type Bot, createBot } from '../../bots/bot.ts'
import { connectApi, type Rules, type RulesOfGroup } from '../../bots/client.ts'
import { readChange } from '../../bots/commands/parse-rules.ts'
import type { Chat, Message, Person } from '../../bots/messenger.ts'
import { createApi } from '../../src/api/app.ts'
import { newcomer, openTestCore } from '../support/service.ts'

const LIST = { id: '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21', name: 'Tea Club' }
const rules: Rules = {
  on: true,
  senders: 'everybody',
  limits: { CREDIT: { transfer: '10.00', day: '20.00' } },
  timeZone: 'UTC',
  approvals: { POINT: { above: '5', needs: 1 } },
}
const group: RulesOfGroup = { rules, assets: ['CREDIT', 'POINT'], lists: [LIST] }

describe('what follows /rules is understood', () => {
  test.each<[words: string, set: string, change: Partial<Rules>]>([
    ['off', 'off', { on: false }],
    ['开', 'on', { on: true }],
    ['max 50', 'max 50 CREDIT', { limits: { CREDIT: { transfer: '50', day: '20.00' } } }],
    ['MAX 1.2k point', 'max 1.2k POINT', { limits: { ...rules.limits, POINT: { transfer: '1.2k' } } }],
    ['max none', 'max none CREDIT', { limits: { CREDIT: { day: '20.00' } } }],
    ['单笔５０', 'max 50 CREDIT', { limits: { CREDIT: { transfer: '50', day: '20.00' } } }],
    ['day 200', 'day 200 CREDIT', { limits: { CREDIT: { transfer: '10.00', day: '200' } } }],
    ['每天 不限', 'day none CREDIT', { limits: { CREDIT: { transfer: '10.00' } } }],
    ['senders admins', 'senders admins', { senders: 'admins' }],
    ['senders Everybody', 'senders everybody', { senders: 'everybody' }],
    ['谁能发 管理员', 'senders admins', { senders: 'admins' }],
    ['senders tea club', `senders ${LIST.id}`, { senders: { list: LIST.id } }],
    ['asset point', 'asset POINT', { asset: 'POINT' }],
    ['language zh', 'language zh-Hans', { language: 'zh-Hans' }],
    ['语言 英文', 'language en', { language: 'en' }],
    ['zone Asia/Shanghai', 'zone Asia/Shanghai', { timeZone: 'Asia/Shanghai' }],
    ['hours 48', 'hours 48', { hours: 48 }],
    ['有效期 48小时', 'hours 48', { hours: 48 }],
    [
      'approvals 2 above 500',
      'approvals 2 above 500 CREDIT',
      { approvals: { ...rules.approvals, CREDIT: { above: '500', needs: 2 } } },
    ],
    [
      '审批 2人超过500 CREDIT',
      'approvals 2 above 500 CREDIT',
      { approvals: { ...rules.approvals, CREDIT: { above: '500', needs: 2 } } },
    ],
    ['approvals none point', 'approvals none POINT', { approvals: {} }],
  ])('%j', (words, set, change) => {
    const read = readChange(words, group)
    expect(read).toEqual({ set, rules: { ...rules, ...change } })
    // A button holds it, and it is understood again.
    const data = encodeAction({ do: 'rules', set })
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64)
    expect(readChange(set, group)).toEqual(read)
  })

  test('a rule that is gone leaves nothing behind', () => {
    const all = { ...group, rules: { ...rules, hours: 48, language: 'en', asset: 'POINT' } as Rules }
    for (const name of ['hours', 'language', 'asset'] as const) {
      const read = readChange(`${name} none`, all)
      expect(read?.rules).not.toHaveProperty(name)
    }
    expect(readChange('max 5', all)?.set).toBe('max 5 POINT')
  })

  test.each([
    '',
    'max',
    'max fifty',
    'max 50 DOGE',
    'max 50 CREDIT POINT',
    `max ${'9'.repeat(30)}`,
    'senders',
    'senders nobody we know',
    'zone',
    'zone Asia Shanghai',
    'hours 0',
    'hours 8761',
    'hours 1.5',
    'hours 2 days',
    'language klingon',
    'asset DOGE',
    'approvals 6 above 1',
    'approvals 2 below 1',
    'on please',
    'nonsense',
    'constructor',
  ])('or not: %j', (words) => {
    expect(readChange(words, group)).toBeUndefined()
  })
})

describe('/rules in a group', () => {
  let service: Awaited<ReturnType<typeof openTestCore>>
  let bot: Bot
  const admins = new Set<string>()
  beforeAll(async () => {
    service = await openTestCore({ roles: 'api' })
    const { core } = service
    const app = createApi(core)
    const api = connectApi('http://core.test', core.tokens.inProcess('telegram'), async (url, init) =>
      app.request(String(url), init),
    )
    const nowhere = async () => {
      throw new Error('Nothing is posted here.')
    }
    bot = createBot(
      api,
      {
        name: 'telegram',
        capabilities: { handles: true, redraw: 'always', buttons: true, language: 'en' },
        post: nowhere,
        privateChat: nowhere,
        redraw: nowhere,
        sendPrivately: nowhere,
        ping: nowhere,
        isAdmin: async (_, { id }) => admins.has(id),
        isMember: async () => true,
      },
      core.log,
    )
  })
  afterAll(() => service?.close())

  let count = 0
  const newChat = (): Chat => ({ id: `-${++count}`, kind: 'group', title: 'Lunch club' })

  /** What the bot says to a command: a message, or the card that it posts. */
  async function said(person: Person, chat: Chat, command: string, words = '', more: object = {}) {
    const messages: Message[] = []
    const [name = ''] = command.split(' ')
    const { answered } = await bot.dispatch(
      name,
      { person, chat, language: 'en', key: `key-${++count}`, words, ...more },
      {
        post: async ({ status: text, language }) => {
          messages.push({ text: `${language}: ${text}` })
          return { chat: chat.id, message: String(count) }
        },
        say: async (message) => void messages.push(message),
      },
    )
    await answered
    return messages[0] ?? { text: '' }
  }

  const press = (person: Person, chat: Chat, { buttons = [] }: Message) => {
    const [button] = buttons.flat()
    if (!button || !('action' in button)) throw new Error('There is no button.')
    const { action } = button
    const key = `key-${++count}`
    return bot.press({ person, chat, language: 'en', key, action, buttons: [encodeAction(action)] })
  }

  async function somebody(isAdmin: boolean): Promise<Person> {
    const { messenger, id, name = '' } = newcomer()
    await service.client.issue({ messenger, id }, '1000')
    if (isAdmin) admins.add(id)
    return { messenger, id, name: name ?? undefined }
  }

  test('anybody reads them; only an admin is rehearsed to, and saves', async () => {
    const chat = newChat()
    const [ada, ben] = [await somebody(true), await somebody(false)]
    await said(ben, chat, 'send', '60')
    await said(ben, chat, 'send', '50')
    expect((await said(ben, chat, 'rules')).text).toMatch(/^Rules of this group:\n• Sending is on\./)
    expect(await said(ben, chat, 'rules', 'max 50')).toEqual({
      text: 'That is for the admins of this group.',
    })

    const asked = await said(ada, chat, 'rules', 'max 50')
    expect(asked.text).toBe(
      [
        'This would hold:',
        '• One transfer: 50.00 CREDIT at most.',
        '',
        'In the last 30 days this would have refused 1 of 2 transfers, all of one person:',
        '• 1: more CREDIT than one transfer may hold',
      ].join('\n'),
    )
    // Nothing is saved that wasn't confirmed.
    await said(ben, chat, 'send', '60')
    expect((await press(ben, chat, asked)).toast).toBe('That is for the admins of this group.')
    // As the messenger says at that moment, not a minute ago.
    admins.delete(ada.id)
    expect((await press(ada, chat, asked)).toast).toBe('That is for the admins of this group.')
    admins.add(ada.id)
    const { toast, message } = await press(ada, chat, asked)
    expect(toast).toBe('✅ Saved.')
    expect(message?.text).toContain('• One transfer: 50.00 CREDIT at most.')
    expect((await said(ben, chat, 'send', '60')).text).toContain(
      'In this group one transfer holds 50.00 CREDIT at most. See /rules.',
    )
    expect((await said(ben, chat, 'rules')).text).toContain('• One transfer: 50.00 CREDIT at most.')
    expect(await said(ada, chat, 'rules', 'max 50.00')).toEqual({ text: 'That is so already.' })
  })

  test('the button keeps what others have changed meanwhile', async () => {
    const chat = newChat()
    const ada = await somebody(true)
    const asked = await said(ada, chat, 'rules', 'max 50')
    await press(ada, chat, await said(ada, chat, 'rules', 'hours 48'))
    await press(ada, chat, asked)
    const { rules } = await service.client.get<{ rules: object }>(`/v1/groups/telegram/${chat.id}/rules`)
    expect(rules).toMatchObject({ hours: 48, limits: { CREDIT: { transfer: '50.00' } } })
  })

  test('what can’t be a rule is explained', async () => {
    const chat = newChat()
    const ada = await somebody(true)
    expect((await said(ada, chat, 'rules', 'nonsense')).text).toContain('/rules max 50')
    expect((await said(ada, chat, 'rules', 'max 2000')).text).toBe(
      'A limit must be below 2000.00 CREDIT, which holds everywhere.',
    )
    expect((await said(ada, chat, 'rules', 'zone Nowhere')).text).toBe(
      '"Nowhere" is no time zone. Zones are called like Asia/Shanghai.',
    )
    expect((await said(ada, { id: '1', kind: 'private' }, 'rules')).text).toBe(
      'Rules belong to a group: send /rules there.',
    )
    // Nobody can tell which admin it is.
    expect((await said(ada, chat, 'rules', 'off', { asGroup: true })).text).toContain('Write as yourself.')
  })

  test('the group’s language and zone count in it', async () => {
    const chat = newChat()
    const ada = await somebody(true)
    await said(ada, chat, 'send', '5')
    const asked = await said(ada, chat, '群规', '时区 asia/shanghai')
    await press(ada, chat, asked)
    const zoned = await said(ada, chat, 'history')
    expect(zoned.text).toContain('Times are those of Asia/Shanghai.')
    const hour = new Intl.DateTimeFormat('en', { timeStyle: 'short', timeZone: 'Asia/Shanghai' })
    expect(zoned.text).toMatch(new RegExp(`${hour.format(new Date()).split(':')[0]}:`))

    const { message } = await press(ada, chat, await said(ada, chat, 'rules', 'language zh'))
    expect(message?.text).toContain('我在这里使用简体中文')
    expect((await said(ada, chat, 'send', '5')).text).toBe('zh-Hans: 谁先点“领取”就归谁。')
    expect((await said(ada, chat, 'history')).text).toContain('本群的转账')
    // In private everybody is answered in their own.
    expect((await said(ada, { id: '1', kind: 'private' }, 'balance')).text).toContain('You have')
  })
})
