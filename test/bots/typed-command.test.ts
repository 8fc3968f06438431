import type { Message } from 'telegraf/types'
import { expect, test } from 'vitest'
import { commandInMessage } from '../../bots/telegram/messages.ts'
import { commandIn } from '../../bots/typed-command.ts'

/** Commands may have names in any language. */
const COMMANDS: [text: string, name: string, words: string][] = [
  ['/send 20 lunch', 'send', '20 lunch'],
  ['／SEND 20', 'send', '20'],
  ['/转账 20 午饭', '转账', '20 午饭'],
  ['／转账 20', '转账', '20'],
  ['/Überweisen 20', 'überweisen', '20'],
  ['/भेजो 20', 'भेजो', '20'],
]
const OTHERS = ['send 20', '/20', '/', '/转账20', '/send-20', '20 /send']

test.each(COMMANDS)('"%s" is a command', (text, name, words) => {
  expect(commandIn(text, { isPrivate: false })).toMatchObject({ name, words })
})

test.each(OTHERS)('"%s" is none', (text) => {
  expect(commandIn(text, { isPrivate: false })).toBeUndefined()
})

test('where there are no buttons a number is what they stand for, in private also without the slash', () => {
  const choiceIn = (text: string, isPrivate: boolean) =>
    commandIn(text, { isPrivate, hasChoices: true })?.name
  expect(['/41', ' ／41 ', '/41.', '!41', '41'].map((text) => choiceIn(text, true))).toEqual(
    Array(5).fill('41'),
  )
  expect(choiceIn('!send 20', false)).toBe('send')
  expect(commandIn('!send 20', { isPrivate: false })).toBeUndefined()
  expect(['/41', '41'].map((text) => choiceIn(text, false))).toEqual(['41', undefined])
  // A sentence that begins with a number chooses nothing.
  expect(['/41 people', '41 people', '/4100000000', '/0x1'].map((text) => choiceIn(text, false))).toEqual(
    Array(4).fill(undefined),
  )
  expect(commandIn('/41', { isPrivate: true, hasChoices: true, isForwarded: true })).toBeUndefined()
  expect(commandIn('41', { isPrivate: true })?.name).not.toBe('41')
})

/** What is said to a bot where a command needs no slash. */
const ADDRESSED: [text: string, name: string, words: string][] = [
  ['转账 20 给 @某人', '转账', '20 给 @某人'],
  [' 领取 CODE', '领取', 'CODE'],
  ['余额', '余额', ''],
  ['Send 20 lunch', 'send', '20 lunch'],
  ['/send 20', 'send', '20'],
  // A mistyped name is answered with the nearest one where there is a slash; without it these are words like any others.
  ['/snd 20', 'snd', '20'],
  ['sned 20', 'help', ''],
  ['转账20 午饭', '转账', '20 午饭'],
  ['红包¥88 10', '红包', '¥88 10'],
  ['send20', 'help', ''],
]

test.each(ADDRESSED)('"%s", said to the bot, is a command without a slash', (text, name, words) => {
  for (const isPrivate of [true, false])
    expect(commandIn(text, { isPrivate, isAddressed: true })).toMatchObject({ name, words, isForUs: true })
  expect(commandIn(text, { isPrivate: false })?.name).toBe(text.startsWith('/') ? name : undefined)
})

test('words that open a transfer may begin with the name of a command', () => {
  const said = { isPrivate: true, isAddressed: true }
  expect(commandIn('pool fox lamp river', said)).toMatchObject({
    name: 'collect',
    words: 'pool fox lamp river',
  })
  expect(commandIn('/pool fox lamp river', said)).toMatchObject({ name: 'pool' })
  expect(commandIn('pool 200 a grill', said)).toMatchObject({ name: 'pool' })
})

test('what others read is neither a code nor words that open something', () => {
  const said = { isPrivate: false, isAddressed: true }
  expect(commandIn('seven green umbrellas', said)).toMatchObject({ name: 'help' })
  expect(commandIn('AbCdEfGhIjKlMnOpQrStUv0123', said)).toMatchObject({ name: 'help' })
})

test('what somebody else has written commands nothing, said to the bot or not', () => {
  expect(commandIn('转账 20', { isPrivate: true, isAddressed: true, isForwarded: true })).toBeUndefined()
})

const inTelegram = (text: string, entities: Message.TextMessage['entities'] = []) =>
  commandInMessage(
    {
      message_id: 1,
      date: 0,
      chat: { id: -1, type: 'group', title: 'Club' },
      from: { id: 1, is_bot: false, first_name: 'Ada' },
      text,
      entities,
    } as Message.TextMessage,
    { username: 'pass_bot', scope: '' },
  )

test('Telegram marks commands in Latin letters alone, and all others are read from the text', () => {
  const marked = [{ type: 'bot_command' as const, offset: 0, length: '/send'.length }]
  expect(inTelegram('/send 20', marked)?.name).toBe('send')
  // In a block of code it is marked as that, and is no command.
  expect(inTelegram('/send 20', [{ type: 'code', offset: 0, length: 8 }])).toBeUndefined()
  expect(inTelegram('/转账 20')).toMatchObject({
    name: '转账',
    isForUs: false,
    invocation: { words: ' 20' },
  })
  expect(inTelegram('/转账@pass_bot 20')).toMatchObject({ name: '转账', isForUs: true })
  expect(inTelegram('/转账@other_bot 20')).toBeUndefined()
})
