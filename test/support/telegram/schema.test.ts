import { describe, expect, test } from 'vitest'
import { checkAnswer, checkCall } from './schema.ts'
import type { Json } from './wire.ts'

const breachesOf = (method: string, params: Json) => checkCall(method, params, new Map()).breaches.join('\n')
const results = (result: Json) => ({ inline_query_id: '1', results: [{ id: '1', title: 'x', ...result }] })
const content = { input_message_content: { message_text: 'x' } }

describe('what the description of the Bot API refuses', () => {
  test.for<[what: string, method: string, params: Json, breach: RegExp]>([
    [
      'a fraction of a message',
      'deleteMessage',
      { chat_id: 1, message_id: 1.5 },
      /message_id: 1\.5 is no Integer/,
    ],
    ['a place in words', 'sendLocation', { chat_id: 1, latitude: 'north', longitude: 1 }, /is no Float/],
    ['a number for a text', 'sendMessage', { chat_id: 1, text: 5 }, /text: 5 is no String/],
    ['one thing for a list', 'setMyCommands', { commands: { command: 'x' } }, /is no Array of BotCommand/],
    ['a colour of a button', 'sendMessage', styled('blue'), /"blue" isn't one of danger, success, primary/],
    ['an action', 'sendChatAction', { chat_id: 1, action: 'dancing' }, /"dancing" isn't one of typing/],
    ['a kind of poll', 'sendPoll', { chat_id: 1, question: 'x', options: [], type: 'x' }, /"x" isn't one of/],
    ['a kind of result', 'answerInlineQuery', results({ type: 'essay', ...content }), /"essay" isn't one of/],
    [
      'a result without content',
      'answerInlineQuery',
      results({ type: 'article' }),
      /"input_message_content" is missing/,
    ],
    [
      'a guest’s result without an id',
      'answerGuestQuery',
      { guest_query_id: '1', result: { type: 'article', title: 'x', ...content } },
      /"id" is missing/,
    ],
    ['a checklist without tasks', 'sendChecklist', checklist([]), /0 items, not 1-30/],
    ['101 updates at once', 'getUpdates', { limit: 101 }, /101 isn't within 1-100/],
    ['an update', 'getUpdates', { allowed_updates: ['gossip'] }, /no such updates: gossip/],
    ['101 commands', 'setMyCommands', { commands: Array(101).fill(command) }, /101 items/],
    ['a command without words', 'setMyCommands', { commands: [{ ...command, description: '' }] }, /0 char/],
    [
      'a secret with a space',
      'setWebhook',
      { url: 'https://a.b', secret_token: 'a b' },
      /has other characters/,
    ],
    ['Markdown', 'sendMessage', { chat_id: 1, text: 'x', parse_mode: 'Markdown' }, /reads HTML alone/],
    [
      'a way of parsing',
      'sendMessage',
      { chat_id: 1, text: 'x', parse_mode: 'RTF' },
      /reads HTML alone|isn't/,
    ],
    [
      'a picture that is not there',
      'editMessageMedia',
      { chat_id: 1, message_id: 1, media: { type: 'photo', media: 'attach://qr' } },
      /no part "qr" was uploaded/,
    ],
    [
      'a picture inside of JSON',
      'editMessageMedia',
      { chat_id: 1, message_id: 1, media: { type: 'photo', media: new File(['x'], 'x') } },
      /is no String/,
    ],
  ])('%s', ([, method, params, breach]) => {
    expect(breachesOf(method, params)).toMatch(breach)
  })

  test.for<[what: string, types: string[], answer: unknown, breach: RegExp]>([
    ['an answer of another type', ['Boolean'], { id: 1 }, /is no Boolean/],
    ['a person without a name', ['User'], { id: 1, is_bot: false }, /"first_name" is missing/],
    ['a chat of no kind', ['Chat'], { id: 1, type: 'cafe' }, /"cafe" isn't one of private/],
    ['a message without a date', ['Message'], { message_id: 1, chat: { id: 1, type: 'private' } }, /"date"/],
    [
      'a field that Telegram has not',
      ['Array of Update'],
      [{ update_id: 1, rumour: {} }],
      /no field "rumour" in Update/,
    ],
  ])('%s from the fake itself', ([, types, answer, breach]) => {
    expect(checkAnswer(types, answer).join('\n')).toMatch(breach)
  })
})

test('numbers with a fraction and texts in texts are taken where the page has them', () => {
  expect(breachesOf('sendLocation', { chat_id: '@cafe', latitude: 47.37, longitude: 8.54 })).toBe('')
  const text = { type: 'bold', text: ['a', { type: 'italic', text: 'b' }] }
  expect(checkAnswer(['RichText'], text)).toEqual([])
})

const command = { command: 'send', description: 'x' }

function styled(style: string): Json {
  const reply_markup = { inline_keyboard: [[{ text: 'x', callback_data: 'x', style }]] }
  return { chat_id: 1, text: 'x', reply_markup }
}

function checklist(tasks: Json[]): Json {
  return { business_connection_id: '1', chat_id: 1, checklist: { title: 'x', tasks } }
}
