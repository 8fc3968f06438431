import { describe, expect, test } from 'vitest'
import { article, COLLECT, call, polling, start, startedUser, telegraf } from './bot.ts'
import { GROUP_ANONYMOUS_BOT, type InlineResult, type Message } from './index.ts'
import type { Json } from './wire.ts'

describe('a fake Telegram', () => {
  test('carries a conversation with a real telegraf bot that polls', async () => {
    const fake = await start()
    await polling(fake, (bot) => {
      bot.start((ctx) => ctx.reply(`Hello, ${ctx.from.first_name} (${ctx.payload})`))
      bot.command('send', async (ctx) => {
        const reply_parameters = { message_id: ctx.message.message_id }
        const text = `<b>20</b> for ${ctx.payload.split(' ')[1]}`
        await ctx.reply(text, { parse_mode: 'HTML', reply_parameters, reply_markup: COLLECT })
      })
      bot.action(/^collect:/, async (ctx) => {
        await ctx.editMessageText('collected')
        await ctx.answerCbQuery('You have it', { show_alert: true })
      })
    })
    const ada = fake.user({ first_name: 'Ada' })
    const ben = fake.user({ first_name: 'Ben', username: 'ben' })
    ada.opens('https://t.me/passalong_bot?start=abc-1')
    await fake.until(() => fake.messages(ada.chat).some(({ text }) => text === 'Hello, Ada (abc-1)'))

    const group = fake.group({ members: [ada, ben] })
    const command = ada.says(group, ['/send 20 ', ben, ' lunch'])
    const card = await fake.until(() => fake.messages(group)[1])
    expect(card.replyTo).toBe(command)
    expect([card.text, card.source, card.buttons]).toEqual([
      '20 for @ben',
      '<b>20</b> for @ben',
      [['Collect']],
    ])
    expect(await ben.taps(card, 'Collect')).toEqual({ text: 'You have it', isAlert: true })
    expect([card.text, card.buttons, card.edits]).toEqual(['collected', [], 1])
    expect(fake.breaches).toEqual([])
  })

  test('lets the bot write only to people who pressed Start and did not block it', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const { telegram } = telegraf(fake)
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow('400: Bad Request: chat not found')
    ada.says(fake.group({ members: [ada] }), '/help')
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow(
      "403: Forbidden: bot can't initiate conversation",
    )
    ada.starts()
    await telegram.sendMessage(ada.id, 'hi')
    ada.blocks()
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow(
      '403: Forbidden: bot was blocked by the user',
    )
    expect(fake.breaches).toEqual([])
  })

  test('refuses edits that change nothing, and of messages that are gone', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const { telegram } = telegraf(fake)
    const { message_id } = await telegram.sendMessage(ada.id, 'open', { reply_markup: COLLECT })
    const edit = (text: string) =>
      telegram.editMessageText(ada.id, message_id, undefined, text, { reply_markup: COLLECT })
    await expect(edit('open')).rejects.toThrow('400: Bad Request: message is not modified')
    await edit('collected')
    const caption = telegram.editMessageCaption(ada.id, message_id, undefined, 'x')
    await expect(caption).rejects.toThrow('there is no caption in the message to edit')
    await telegram.deleteMessage(ada.id, message_id)
    await expect(edit('again')).rejects.toThrow('400: Bad Request: message to edit not found')
  })

  test('hides anonymous admins behind GroupAnonymousBot, and tells admins by their rights', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const ben = fake.user({ first_name: 'Ben' })
    const cy = fake.user({ first_name: 'Cy' })
    const group = fake.group({ creator: ada, anonymousAdmins: [ben], members: [cy] })
    const { from, extra } = ben.says(group, '/history')
    expect(from).toEqual(GROUP_ANONYMOUS_BOT)
    expect(extra.sender_chat.id).toBe(group.id)
    const admins = (await call(fake, 'getChatAdministrators', { chat_id: group.id })).result as Json[]
    expect(admins.map(({ status, is_anonymous }) => [status, is_anonymous])).toEqual([
      ['creator', false],
      ['administrator', true],
    ])
    const { telegram } = telegraf(fake)
    expect((await telegram.getChatMember(group.id, cy.id)).status).toBe('member')
    expect((await telegram.getChatMember(group.id, GROUP_ANONYMOUS_BOT.id)).status).toBe('left')
    expect(fake.breaches).toEqual([])
  })

  test('moves a group to a supergroup and says where it went', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const group = fake.group({ type: 'group', creator: ada })
    const supergroup = fake.migrate(group)
    const refused = await call(fake, 'sendMessage', { chat_id: group.id, text: 'x' })
    expect(refused.description).toBe('Bad Request: group chat was upgraded to a supergroup chat')
    expect(refused.parameters).toEqual({ migrate_to_chat_id: supergroup.id })
    const updates = (await call(fake, 'getUpdates', {})).result as Json[]
    expect(updates.map(({ message }) => message.migrate_to_chat_id ?? message.migrate_from_chat_id)).toEqual([
      supergroup.id,
      group.id,
    ])
    expect(supergroup.members.get(ada.id)?.status).toBe('creator')
  })

  test('keeps topics apart, and shows a plain message in one as a reply to its beginning', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const forum = fake.group({ isForum: true, members: [ada] })
    const topic = fake.topic(forum, 'Lunch')
    ada.says(forum, '/help', { topic })
    const { message } = (await call(fake, 'getUpdates', {})).result.at(-1)
    expect([message.message_thread_id, message.is_topic_message]).toEqual([topic.id, true])
    expect(message.reply_to_message.forum_topic_created.name).toBe('Lunch')
    await call(fake, 'sendMessage', { chat_id: forum.id, message_thread_id: topic.id, text: 'here' })
    expect(fake.messages(forum).at(-1)?.topic).toBe(topic)
    const lost = await call(fake, 'sendMessage', { chat_id: forum.id, message_thread_id: 999, text: 'x' })
    expect(lost.description).toBe('Bad Request: message thread not found')
  })

  test('carries inline mode, with feedback and without, and edits what was chosen', async () => {
    const fake = await start()
    const chosen: unknown[] = []
    await polling(fake, (bot) => {
      bot.on('inline_query', (ctx) => {
        const input_message_content = { message_text: `20 ${ctx.inlineQuery.chat_type}` }
        const result = {
          type: 'article',
          id: 'r1',
          title: 'Send 20',
          input_message_content,
          reply_markup: COLLECT,
        }
        return ctx.answerInlineQuery([result as never], { is_personal: true, cache_time: 60 })
      })
      bot.on('chosen_inline_result', (ctx) => void chosen.push(ctx.chosenInlineResult.inline_message_id))
      bot.action('collect:1', async (ctx) => {
        await ctx.editMessageText(`collected in ${ctx.inlineMessageId}`)
        await ctx.answerCbQuery('yours')
      })
    })
    const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
    const chat = fake.privateChat(ada, ben)
    const { results } = await ada.types('20 lunch', { chat })
    expect(results.map(({ title, query }) => [title, query])).toEqual([['Send 20', '20 lunch']])
    const first = ada.chooses(results[0] as InlineResult, chat)
    expect((await ben.taps(first, 'Collect')).text).toBe('yours')
    expect(first.text).toBe(`collected in ${first.inlineId}`)
    expect(chosen).toEqual([])
    fake.botFather.inlineFeedback = true
    const second = ada.chooses(results[0] as InlineResult, chat)
    await fake.until(() => chosen.length > 0)
    expect(chosen).toEqual([second.inlineId])
    await ada.types('20 lunch', { chat })
    await ben.types('20 lunch', { chat })
    expect(fake.callsOf('answerInlineQuery')).toHaveLength(2)
    expect(fake.breaches).toEqual([])
  })

  test('carries guest messages into chats that the bot is not in', async () => {
    const fake = await start()
    const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
    const chat = fake.group({ bot: 'absent', members: [ada, ben] })
    ada.says(chat, '@passalong_bot 20 lunch')
    const [{ guest_message }] = (await call(fake, 'getUpdates', {})).result
    const result = { ...article('r1'), reply_markup: COLLECT }
    const answer = { guest_query_id: guest_message.guest_query_id, result }
    const { result: sent } = await call(fake, 'answerGuestQuery', answer)
    const card = fake.messages(chat).at(-1)
    expect([card?.text, card?.inlineId]).toEqual(['text', sent.inline_message_id])
    expect((await call(fake, 'answerGuestQuery', answer)).description).toMatch(/query is too old/)
    expect(fake.breaches).toEqual([])
  })

  test('takes an answer to a tap once, and not too late', async () => {
    const fake = await start({ patience: { tapMs: 2000 } })
    const ada = startedUser(fake)
    await call(fake, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup: COLLECT })
    const card = fake.messages(ada.chat).at(-1) as Message
    const tapped = ada.taps(card, 'Collect')
    const { callback_query } = (await call(fake, 'getUpdates', {})).result.at(-1)
    const answer = () =>
      call(fake, 'answerCallbackQuery', { callback_query_id: callback_query.id, text: 'ok' })
    expect((await answer()).ok).toBe(true)
    expect(await tapped).toEqual({ text: 'ok', isAlert: false })
    expect((await answer()).description).toMatch(/query is too old/)
    await expect(ada.taps(card, 'Collect')).rejects.toThrow(
      'the bot did not answer the tap on "Collect" of Ada',
    )
  })

  test('shows each person the commands of their scope and language', async () => {
    const fake = await start()
    const [ada, ben] = [
      fake.user({ first_name: 'Ada', language_code: 'de' }),
      fake.user({ first_name: 'Ben' }),
    ]
    const group = fake.group({ admins: [ada], members: [ben] })
    const { telegram } = telegraf(fake)
    const all = [{ command: 'send', description: 'send' }]
    const german = [{ command: 'history', description: 'Verlauf' }]
    await telegram.setMyCommands(all, { scope: { type: 'all_group_chats' } })
    await telegram.setMyCommands(german, { scope: { type: 'all_chat_administrators' }, language_code: 'de' })
    expect(fake.commandsFor(ada, group)).toEqual(german)
    expect(fake.commandsFor(ben, group)).toEqual(all)
    expect(fake.commandsFor(ben, ben.chat)).toEqual([])
    expect(await telegram.getMyCommands({ scope: { type: 'all_group_chats' } })).toEqual(all)
    expect(fake.breaches).toEqual([])
  })
})
