/** A small bot with the real discord.js, and the people around it, for the fake's own tests. */
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  AttachmentBuilder,
  ButtonStyle,
  Client,
  ComponentType,
  Events,
  GatewayIntentBits,
  type Interaction,
  InteractionContextType,
  MessageFlags,
  Partials,
  PermissionFlagsBits,
} from 'discord.js'
import { test as base } from 'vitest'
import type { Component } from './components.ts'
import { startFakeDiscord } from './index.ts'

type React = (interaction: Interaction) => unknown

export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend('fake', async ({}, { onCleanup }) => {
    const fake = await startFakeDiscord()
    onCleanup(() => fake.stop())
    return fake
  })
  .extend('ada', ({ fake }) => fake.user({ username: 'ada', global_name: 'Ada', locale: 'zh-CN' }))
  .extend('ben', ({ fake }) => fake.user({ username: 'ben' }))
  /** Starts a bot that does this with each interaction; what goes wrong in it is kept in `troubles`. */
  .extend(
    'bot',
    ({ fake }, { onCleanup }) =>
      async (react: React = () => {}, { token = fake.token } = {}) => {
        const client = new Client({
          intents: [
            GatewayIntentBits.Guilds,
            GatewayIntentBits.GuildMessages,
            GatewayIntentBits.DirectMessages,
          ],
          partials: [Partials.Channel],
          rest: { api: fake.url },
          allowedMentions: { parse: [] },
        })
        onCleanup(() => client.destroy())
        const troubles: unknown[] = []
        client.on(Events.InteractionCreate, async (interaction) => {
          try {
            await react(interaction)
          } catch (error) {
            troubles.push(error)
          }
        })
        const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
        await client.login(token)
        await ready
        await client.application?.commands.set(commands)
        return { client, troubles }
      },
  )

const everywhere = {
  integrationTypes: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
}
export const commands = [
  {
    ...everywhere,
    name: 'send',
    description: 'Pass money along',
    descriptionLocalizations: { 'zh-CN': '转账' },
    options: [
      {
        type: ApplicationCommandOptionType.String as const,
        name: 'amount',
        description: 'How much',
        required: true,
      },
      { type: ApplicationCommandOptionType.User as const, name: 'who', description: 'For whom' },
      {
        type: ApplicationCommandOptionType.String as const,
        name: 'asset',
        description: 'Of what',
        autocomplete: true,
      },
    ],
  },
  {
    name: 'history',
    description: 'What was passed along',
    defaultMemberPermissions: PermissionFlagsBits.ManageGuild,
  },
  { ...everywhere, name: 'Send to…', type: ApplicationCommandType.User as const },
  { ...everywhere, name: 'Reward this message', type: ApplicationCommandType.Message as const },
]
export function card(words: string, { collected = false } = {}) {
  return {
    flags: MessageFlags.IsComponentsV2 as const,
    components: [
      {
        type: ComponentType.Container as const,
        components: [
          { type: ComponentType.TextDisplay as const, content: words },
          {
            type: ComponentType.MediaGallery as const,
            items: [{ media: { url: 'attachment://qr.png' }, description: 'QR code of the link' }],
          },
          {
            type: ComponentType.ActionRow as const,
            components: [
              {
                type: ComponentType.Button as const,
                style: ButtonStyle.Success as const,
                label: 'Collect',
                customId: 'collect',
                disabled: collected,
              },
              {
                type: ComponentType.Button as const,
                style: ButtonStyle.Link as const,
                label: 'Open link',
                url: 'https://example.org/c',
              },
            ],
          },
        ],
      },
    ],
  }
}

export function qr(bytes: string) {
  return new AttachmentBuilder(Buffer.from(bytes), { name: 'qr.png' })
}

/** Components as the API takes them, for bodies that discord.js would not let a bot make. */
export const text = { type: ComponentType.TextDisplay, content: 'hello' }
export const button = { type: ComponentType.Button, style: ButtonStyle.Primary, label: 'x' }
export const row = (...components: Component[]) => ({ type: ComponentType.ActionRow, components })
