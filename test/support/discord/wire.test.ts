import { Client, DiscordAPIError, Events, GatewayIntentBits, Partials } from 'discord.js'
import { describe, expect, onTestFinished } from 'vitest'
import { button, card, commands, qr, row, test, text } from './bot.ts'
import { startFakeDiscord } from './index.ts'

describe('the API and the gateway of the fake Discord', () => {
  test('registering again keeps the ids of commands, and bad names are refused', async ({ fake, bot }) => {
    const { client } = await bot()
    const before = fake.commands.map(({ id, version }) => [id, version])
    await client.application?.commands.set(commands)
    expect(fake.commands.map(({ id, version }) => [id, version])).toEqual(before)
    expect(
      fake.calls.filter(({ method, route }) => method === 'PUT' && route.endsWith('/commands')),
    ).toHaveLength(2)
    const bad = client.application?.commands.create({ name: 'Send Money', description: 'x' })
    await expect(bad).rejects.toMatchObject({ code: 50035, status: 400 })
    expect(fake.breaches).toEqual(['POST /applications/{application_id}/commands: name: name is invalid'])
  })

  test.for<[what: string, data: object, words: string]>([
    [
      'content beside Components V2',
      { flags: 1 << 15, content: 'x', components: [text] },
      'data.content: cannot be used',
    ],
    ['Components V2 without the flag', { components: [text] }, 'data.components: type 10 needs the flag'],
    [
      'a custom_id of 101 characters',
      { components: [row({ ...button, custom_id: 'x'.repeat(101) })] },
      'data.components.0.components.0.custom_id: Too big',
    ],
    [
      'two buttons with one custom_id',
      { components: [row({ ...button, custom_id: 'a' }, { ...button, custom_id: 'a' })] },
      'data.components.0.components.1.custom_id: is already used',
    ],
    [
      'a link to a bare host',
      { components: [row({ type: 2, style: 5, label: 'x', url: 'http://localhost:3000/c' })] },
      'data.components.0.components.0.url: Not a well formed URL.',
    ],
    ['a wrong type', { content: 'x', tts: 'yes' }, 'data.tts: Invalid input'],
    ['an unknown field', { content: 'x', colour: 'red' }, 'data.colour: no such field'],
    ['content of 2001 characters', { content: 'x'.repeat(2001) }, 'data.content: Too big'],
    [
      'texts of 4001 characters',
      { flags: 1 << 15, components: [{ ...text, content: 'x'.repeat(4000) }, text] },
      'data.components: its texts have 4005 characters',
    ],
    [
      '41 components',
      { flags: 1 << 15, components: [{ type: 17, components: Array(40).fill(text) }] },
      'data.components: the message has 41 components',
    ],
    [
      'a picture that was not uploaded',
      { flags: 1 << 15, components: [{ type: 12, items: [{ media: { url: 'attachment://qr.png' } }] }] },
      'data.components.0: attachment://qr.png names no uploaded file',
    ],
    ['nothing', { content: '' }, 'Cannot send an empty message'],
  ])('%s is a breach, answered by 400', async ([, data, words], { fake, ada, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { client, troubles } = await bot((interaction) =>
      client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
        body: { type: 4, data },
      }),
    )
    ada.slash(club.channel(), 'history')
    await fake.until(() => troubles.length > 0)
    expect(fake.breaches).toHaveLength(1)
    expect(fake.breaches[0]).toContain('POST /interactions/{interaction_id}/{interaction_token}/callback: ')
    expect(fake.breaches[0]).toContain(words)
    expect(troubles[0]).toMatchObject({ status: 400, code: words.includes('empty') ? 50006 : 50035 })
  })

  test('routes that Discord has not, and those that the fake does not serve, are told', async ({
    fake,
    bot,
  }) => {
    const { client } = await bot()
    await expect(client.rest.get('/users/@me/wallet')).rejects.toMatchObject({ status: 404 })
    await expect(client.rest.get('/voice/regions')).rejects.toMatchObject({ status: 404 })
    expect(fake.breaches).toEqual([
      'GET /users/@me/wallet: no such route',
      'GET /voice/regions: this fake does not serve it',
    ])
  }, 15_000)

  test('what happens while the connection is cut is replayed after a resume', async ({ fake, ada, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    await bot((interaction) => interaction.isChatInputCommand() && interaction.reply('here'))
    for (const cut of [() => fake.gateway.dropConnections(), () => fake.gateway.askToReconnect()]) {
      const resumes = fake.gateway.seen.resume
      cut()
      await fake.until(() => fake.gateway.connected === 0)
      const answer = await ada.slash(club.channel(), 'history').answer()
      expect(answer.message.content).toBe('here')
      expect(fake.gateway.seen).toMatchObject({ identify: 1, resume: resumes + 1 })
    }
  })

  test('an invalid session is resumed where it can be, and else identified anew', async ({
    fake,
    ada,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    await bot((interaction) => interaction.isChatInputCommand() && interaction.reply('here'))
    fake.gateway.invalidateSessions(true)
    expect((await ada.slash(club.channel(), 'history').answer()).message.content).toBe('here')
    expect(fake.gateway.seen).toMatchObject({ identify: 1, resume: 1 })
    fake.gateway.invalidateSessions()
    expect(fake.gateway.sessions).toBe(0)
    // discord.js identifies once in 5 seconds.
    await fake.until(() => fake.gateway.connected === 1 && fake.gateway.seen.identify === 2, {
      within: 10_000,
    })
    expect((await ada.slash(club.channel(), 'history').answer()).message.content).toBe('here')
  })

  test('a wrong token is closed with 4004 and privileged intents with 4014; hearts beat', async ({
    fake,
    bot,
  }) => {
    const refused = async (token: string, intents: number) => {
      const client = new Client({ intents, rest: { api: fake.url } })
      onTestFinished(() => client.destroy())
      const closed = new Promise((resolve) =>
        client.once(Events.ShardDisconnect, ({ code }) => resolve(code)),
      )
      client.on(Events.ShardError, () => {})
      await client.login(token).catch(() => {})
      return closed
    }
    expect(await refused(fake.token, GatewayIntentBits.MessageContent)).toBe(4014)
    const socket = new WebSocket(
      `${fake.url.replace('http', 'ws').replace('/api', '/gateway')}?v=10&encoding=json`,
    )
    const closed = new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve(code)
    })
    await new Promise((resolve) => {
      socket.onmessage = resolve
    })
    socket.send(JSON.stringify({ op: 1, d: null }))
    socket.send(JSON.stringify({ op: 2, d: { token: 'wrong', intents: 1, properties: {} } }))
    expect(await closed).toBe(4004)
    expect(fake.gateway.seen.heartbeat).toBe(1)
    await expect(bot(undefined, { token: 'wrong' })).rejects.toThrow('invalid token')
  })

  test('429 and 500 are tried again by discord.js, and the call happens once', async ({ fake, ada, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { client } = await bot()
    const channel = await client.channels.fetch(club.channel().id)
    fake.failNext('POST /channels/{id}/messages', { status: 429, retryAfter: 0.05 })
    fake.failNext('POST /channels/{id}/messages', { status: 429, retryAfter: 0.05, global: true })
    fake.failNext('POST /channels/{id}/messages', { status: 503 })
    await (channel?.isSendable() && channel.send('hello'))
    expect(fake.messages(club.channel()).map(({ content }) => content)).toEqual(['hello'])
    const made = fake.calls.filter(({ route }) => route === '/channels/{channel_id}/messages')
    expect(made.map(({ status }) => status)).toEqual([429, 429, 503, 200])
  })

  test('a call can be late, or take effect although its answer is lost', async ({ fake, ada, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { troubles } = await bot(
      (interaction) => interaction.isChatInputCommand() && interaction.reply('once'),
    )
    fake.failNext('POST /interactions/{id}/{token}/callback', { delay: 100 })
    const late = ada.slash(club.channel(), 'history')
    await fake.until(() => fake.calls.some(({ route }) => route.endsWith('/callback')))
    expect(late.acknowledged).toBeUndefined()
    expect((await late.answer()).message.content).toBe('once')

    fake.failNext('POST /interactions/{id}/{token}/callback', { cut: true, applied: true })
    const answer = await ada.slash(club.channel(), 'history').answer()
    expect(answer.message.content).toBe('once')
    await fake.until(() => troubles.length > 0)
    expect(fake.messages(club.channel())).toHaveLength(2)
  })

  test('an interaction is acknowledged once, within 3 seconds, and its token lives 15 minutes', async ({
    fake,
    ada,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { troubles } = await bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      const amount = interaction.options.getString('amount')
      if (amount === 'late') fake.passTime(3100)
      await interaction.reply('first')
      fake.passTime(16 * 60_000)
      await interaction.editReply('too late')
    })
    const codes = () => troubles.map((error) => error instanceof DiscordAPIError && error.code)
    const first = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    await fake.until(() => troubles.length === 1)
    expect(first.message.content).toBe('first')
    fake.repeatLastInteraction()
    await fake.until(() => troubles.length === 2)
    ada.slash(club.channel(), 'send', { amount: 'late' })
    await fake.until(() => troubles.length === 3)
    expect(codes()).toEqual([50027, 40060, 10062])
    expect(fake.breaches).toEqual([])
  })

  test('what the bot fetches, edits and deletes fits the document on both sides', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada, members: [ben] })
    const { client } = await bot()
    const guild = await client.guilds.fetch({ guild: club.id, force: true })
    expect((await guild.members.fetch(ben.id)).user.username).toBe('ben')
    expect((await client.users.fetch(ben.id, { force: true })).username).toBe('ben')
    expect((await client.application?.fetch())?.id).toBe(fake.applicationId)
    const channel = await client.channels.fetch(club.channel().id, { force: true })
    if (!channel?.isSendable()) throw new Error('no such channel')
    const thanks = ben.says(club.channel(), 'thanks')
    const posted = await channel.send({
      ...card('open'),
      files: [qr('a picture')],
      reply: { messageReference: thanks.id },
    })
    await posted.edit(card('collected', { collected: true }))
    await posted.edit({ ...card('returned'), files: [qr('new')] })
    const fetched = await channel.messages.fetch({ limit: 2 })
    expect(fetched.map(({ author }) => author.username)).toEqual(['passalong', 'ben'])
    const [shown] = fake.messages(club.channel()).slice(1)
    expect(shown).toMatchObject({ edited: true, attachments: [{ filename: 'qr.png' }] })
    expect(Buffer.from(shown?.attachments[0]?.bytes ?? []).toString()).toBe('new')
    await posted.delete()
    expect(fake.messages(club.channel())).toHaveLength(1)
    await expect(posted.fetch(true)).rejects.toMatchObject({ code: 10008 })
    expect(fake.breaches).toEqual([])
  })

  test('shards have their own guilds, and private messages are on the first', async () => {
    const fake = await startFakeDiscord({ shards: 2 })
    onTestFinished(() => fake.stop())
    const ada = fake.user({ username: 'ada' })
    const places = Array.from({ length: 8 }, (_, i) => fake.guild({ name: `Club ${i}`, owner: ada }))
    const client = new Client({
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
      partials: [Partials.Channel],
      rest: { api: fake.url },
      shards: 'auto',
    })
    onTestFinished(() => client.destroy())
    const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
    await client.login(fake.token)
    await ready
    expect(fake.gateway.connected).toBe(2)
    for (const { id } of places)
      expect(client.guilds.cache.get(id)?.shardId).toBe(Number((BigInt(id) >> 22n) % 2n))
    expect(new Set(client.guilds.cache.map(({ shardId }) => shardId)).size).toBe(2)
    const heard: string[] = []
    client.on(Events.Raw, ({ t, d }, shard) => heard.push(`${t} ${d.guild_id} on ${shard}`))
    for (const place of places) place.channel('more')
    ada.dm('hello')
    await fake.until(() => heard.length > places.length)
    const wanted = places.map(({ id }) => `CHANNEL_CREATE ${id} on ${client.guilds.cache.get(id)?.shardId}`)
    expect(heard.toSorted()).toEqual([...wanted, 'MESSAGE_CREATE undefined on 0'].toSorted())
  })

  test('waiting in vain tells what was seen instead', async ({ fake, bot }) => {
    await bot()
    const waited = fake.until(() => false, { within: 20, what: 'a card' })
    await expect(waited).rejects.toThrow(
      /waited 20 ms for a card\n[^]*PUT \/applications\/\{application_id\}\/commands 200/,
    )
  })
})
