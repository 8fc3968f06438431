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
