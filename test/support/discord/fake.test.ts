import {
  Events,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  PermissionFlagsBits,
  TextInputBuilder,
  TextInputStyle,
  UserSelectMenuBuilder,
} from 'discord.js'
import { describe, expect } from 'vitest'
import { button, card, qr, row, test } from './bot.ts'
import { type Person } from './index.ts'

describe('people in the fake Discord, and a bot with the real discord.js', () => {
  test('a deferred slash command is answered by a card with a picture, and its button updates it', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada, members: [ben] })
    const { client, troubles } = await bot(async (interaction) => {
      if (interaction.isChatInputCommand()) {
        await interaction.deferReply()
        expect(interaction.options.getUser('who')?.username).toBe('ben')
        expect(interaction.locale).toBe('zh-CN')
        expect(interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)).toBe(true)
        await interaction.editReply({
          ...card(`20.00 CREDIT for <@${ben.id}>\nopen`),
          files: [qr('a picture')],
        })
      } else if (interaction.isButton()) await interaction.update(card('collected', { collected: true }))
    })
    expect(client.guilds.cache.get(club.id)?.name).toBe('Club')

    const sent = await ada.slash(club.channel(), 'send', { amount: '20', who: ben }).answer()
    expect(sent.type).toBe(5)
    expect(sent.message).toMatchObject({ ephemeral: false, loading: false, edited: false, pings: [] })
    expect(sent.message.lines).toEqual([
      `20.00 CREDIT for <@${ben.id}>`,
      'open',
      '(picture: QR code of the link)',
      '[Collect]',
      '[Open link]',
    ])
    expect(sent.message.buttons[1]?.url).toBe('https://example.org/c')
    const [shown] = sent.message.attachments
    expect(shown?.description).toBe('QR code of the link')
    const served = await fetch(shown?.url ?? '')
    expect(Buffer.from(await served.arrayBuffer())).toEqual(Buffer.from('a picture'))

    const tapped = await ben.taps(sent.message, 'Collect').answer()
    expect(tapped.type).toBe(7)
    expect(sent.message.text).toContain('collected')
    expect(sent.message).toMatchObject({ edited: true, attachments: [{ filename: 'qr.png' }] })
    expect(() => ben.taps(sent.message, 'Collect')).toThrow('disabled')
    expect(fake.messages(club.channel())).toHaveLength(1)
    expect([fake.breaches, troubles]).toEqual([[], []])
  })

  test('menus open a modal, whose fields come back; what can not be typed is not sent', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada, members: [ben] })
    const { troubles } = await bot(async (interaction) => {
      if (interaction.isContextMenuCommand()) {
        const label = interaction.isUserContextMenuCommand()
          ? `For ${interaction.targetUser.username}`
          : `For “${interaction.isMessageContextMenuCommand() && interaction.targetMessage.content}”`
        const amount = new TextInputBuilder()
          .setCustomId('amount')
          .setStyle(TextInputStyle.Short)
          .setMaxLength(9)
        const who = new UserSelectMenuBuilder().setCustomId('who').setRequired(false)
        await interaction.showModal(
          new ModalBuilder()
            .setCustomId('give')
            .setTitle('Send')
            .addLabelComponents(
              new LabelBuilder().setLabel(label).setTextInputComponent(amount),
              new LabelBuilder().setLabel('And to').setUserSelectMenuComponent(who),
            ),
        )
      } else if (interaction.isModalSubmit())
        await interaction.reply({
          content: `${interaction.fields.getTextInputValue('amount')} ${interaction.fields.getSelectedUsers('who')?.first()?.username}`,
          flags: MessageFlags.Ephemeral,
        })
    })
    const thanks = ben.says(club.channel(), 'here is the recipe')
    const { modal } = await ada.messageMenu(club.channel(), 'Reward this message', thanks).answer()
    expect(modal).toMatchObject({
      title: 'Send',
      fields: [{ label: 'For “here is the recipe”' }, { label: 'And to' }],
    })
    const menu = await ada.userMenu(club.channel(), 'Send to…', ben).answer()
    expect(menu.modal.fields[0]?.label).toBe('For ben')
    expect(() => ada.submits(menu.modal, { amount: '1234567890' })).toThrow('0 to 9')
    expect(() => ada.submits(menu.modal, {})).toThrow('needs amount')
    const given = await ada.submits(menu.modal, { amount: '20', who: ben }).answer()
    expect(given.message).toMatchObject({ content: '20 ben', ephemeral: true, onlyFor: ada.id })
    expect([fake.breaches, troubles]).toEqual([[], []])
  })

  test('autocomplete offers choices for what is being typed', async ({ fake, ada, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    await bot(async (interaction) => {
      if (!interaction.isAutocomplete()) return
      const typed = interaction.options.getFocused()
      await interaction.respond([{ name: `${typed}EDIT`, value: `${typed}EDIT` }])
    })
    const offered = await ada.autocomplete(club.channel(), 'send', { asset: 'CR' }, 'asset').answer()
    expect(offered.choices).toEqual([{ name: 'CREDIT', value: 'CREDIT' }])
    expect(fake.breaches).toEqual([])
  })

  test('private messages reach those whose door is open and who share a server', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    fake.guild({ name: 'Club', owner: ada })
    const { client } = await bot()
    const write = (person: Person) => client.users.send(person.id, 'you have money')
    ada.closesPrivateMessages()
    await expect(write(ada)).rejects.toMatchObject({ code: 50007, status: 403 })
    ada.opensPrivateMessages()
    await write(ada)
    expect(fake.messages(ada.privateChannel).map(({ content }) => content)).toEqual(['you have money'])
    await expect(write(ben)).rejects.toMatchObject({ code: 50278 })
    ben.installsApp()
    await write(ben)
    expect(fake.breaches).toEqual([])
  })

  test('a person brings the app along to servers without the bot, to groups and private conversations', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    const elsewhere = fake.guild({ name: 'Elsewhere', owner: ben, members: [ada], botInstalled: false })
    const { client, troubles } = await bot(async (interaction) => {
      if (interaction.isButton()) {
        const { 1: installer } = interaction.authorizingIntegrationOwners
        const by = client.users.cache.get(installer ?? '')?.username
        await interaction.deferUpdate()
        return interaction.editReply(`${interaction.user.username} by ${by}`)
      }
      if (!interaction.isChatInputCommand()) return
      await interaction.reply({
        content: 'a card',
        components: [row({ ...button, custom_id: 'collect' })] as never,
      })
      for (let i = 0; i < 6; i++) await interaction.followUp(`${i}`)
    })
    expect(() => ada.slash(elsewhere.channel(), 'send', { amount: '1' })).toThrow('not offered')
    ada.installsApp()
    for (const channel of [
      elsewhere.channel(),
      fake.group('Trip', [ada, ben]),
      fake.privateChannel(ada, ben),
    ]) {
      troubles.length = 0
      const { message } = await ada.slash(channel, 'send', { amount: '1' }).answer()
      expect(message.content).toBe('a card')
      await fake.until(() => troubles.length > 0)
      expect(troubles[0]).toMatchObject({ code: 40094 })
      const tapped = await ben.taps(message, 'x').answer()
      expect(tapped.type).toBe(6)
      await fake.until(() => tapped.message.content === 'ben by ada')
      await expect(
        client.rest.post(`/channels/${channel.id}/messages`, { body: { content: 'x' } }),
      ).rejects.toMatchObject({ code: 50001 })
    }
    expect(() => ada.slash(elsewhere.channel(), 'history')).toThrow('not offered')
    expect(fake.breaches).toEqual([])
  })

  test('a command that needs a permission is offered to those who have it', async ({
    fake,
    ada,
    ben,
    bot,
  }) => {
    const club = fake.guild({
      name: 'Club',
      owner: ada,
      members: [ben],
      botPermissions: PermissionFlagsBits.ViewChannel,
    })
    const { client } = await bot((interaction) => {
      const may = interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)
      return (
        interaction.isChatInputCommand() &&
        interaction.reply({ content: `may: ${may}`, flags: MessageFlags.Ephemeral })
      )
    })
    expect(() => ben.slash(club.channel(), 'history')).toThrow('needs the permissions 32')
    club.grant(ben, PermissionFlagsBits.ManageGuild)
    expect(ben.permissionsIn(club) & PermissionFlagsBits.ManageGuild).toBeTruthy()
    const told = await ben.slash(club.channel(), 'history').answer()
    expect(told.message).toMatchObject({ content: 'may: true', ephemeral: true })
    expect(() => ada.taps(told.message, 'x')).toThrow('only ben does')
    const send = client.rest.post(`/channels/${club.channel().id}/messages`, { body: { content: 'x' } })
    await expect(send).rejects.toMatchObject({ code: 50013 })
  })

  test('the bot reads what it is written in private, and not what is said in a server', async ({
    fake,
    ada,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { client } = await bot()
    const heard: string[] = []
    client.on(Events.MessageCreate, ({ content, author }) => heard.push(`${author.username}: ${content}`))
    ada.dm('CODE')
    ada.says(club.channel(), 'secret')
    await fake.until(() => heard.length === 2)
    expect(heard).toEqual(['ada: CODE', 'ada: '])
  })

  test('pings are those that allowed_mentions lets through', async ({ fake, ada, ben, bot }) => {
    const club = fake.guild({ name: 'Club', owner: ada, members: [ben] })
    const { client } = await bot()
    const content = `@everyone <@${ada.id}> <@${ben.id}>`
    const send = (body: object) => client.rest.post(`/channels/${club.channel().id}/messages`, { body })
    await send({ content })
    await send({ content, allowed_mentions: { parse: [] } })
    await send({ content, allowed_mentions: { users: [ben.id] } })
    expect(fake.messages(club.channel()).map(({ pings }) => pings)).toEqual([
      [ada.id, ben.id, 'everyone'],
      [],
      [ben.id],
    ])
  })

  test('a reply and what follows it are fetched, edited and deleted by the token', async ({
    fake,
    ada,
    bot,
  }) => {
    const club = fake.guild({ name: 'Club', owner: ada })
    const { troubles } = await bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return
      await interaction.deferReply({ flags: MessageFlags.Ephemeral })
      const filled = await interaction.followUp('the first fills in the reply')
      expect((await interaction.fetchReply()).id).toBe(filled.id)
      const next = await interaction.followUp({ content: 'next', flags: MessageFlags.Ephemeral })
      await interaction.webhook.editMessage(next, 'next, edited')
      await interaction.followUp('for all')
      await interaction.deleteReply()
    })
    const answer = await ada.slash(club.channel(), 'history').answer()
    await fake.until(() => fake.messages(club.channel()).length === 2 && answer.followUps.length === 2)
    expect(answer.followUps.map(({ content, ephemeral, edited }) => [content, ephemeral, edited])).toEqual([
      ['next, edited', true, true],
      ['for all', false, false],
    ])
    expect([fake.breaches, troubles]).toEqual([[], []])
  })
})
