import {
  ApplicationIntegrationType,
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  DiscordAPIError,
  type Interaction,
  InteractionContextType,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  PermissionFlagsBits,
  RESTJSONErrorCodes,
  type RepliableInteraction,
  type User,
  type UserContextMenuCommandInteraction,
} from 'discord.js'
import { decodeAction } from '../actions.ts'
import type { Bot } from '../bot.ts'
import type { DrawnCard } from '../card.ts'
import { type ApiClient, body } from '../client.ts'
import type { Log } from '../log.ts'
import { type Invocation, type Message, Undeliverable } from '../messenger.ts'
import { supported, texts } from '../texts/index.ts'
import { wordsMessage } from './card.ts'
import { fieldsIn, formFor, recipientOf } from './form.ts'
import { type DiscordMessenger, delivered } from './messenger.ts'
import { actorOf, chatOf, handlesOf, mentionsIn, personOf } from './people.ts'

const ATTEMPTS = 3
const MAX_CHOICES = 25

/** What somebody says by a command or a form, before it is known who and where. */
type Said = Pick<Invocation, 'words' | 'fields' | 'mentions' | 'handles'>

/** Carries out what people do by commands, menus, forms and buttons. */
export function createInteractions(api: ApiClient, messenger: DiscordMessenger, bot: Bot, log: Log) {
  async function openForm(
    interaction: UserContextMenuCommandInteraction | MessageContextMenuCommandInteraction,
    to: User,
  ): Promise<void> {
    const { locale } = interaction
    if (to.bot) return refuse(interaction, texts(locale)('send.bot'))
    await acknowledged(() => interaction.showModal(formFor(to, locale)))
  }

  async function takeForm(interaction: ModalSubmitInteraction): Promise<void> {
    const to = recipientOf(interaction)
    if (to)
      await receive(interaction, 'send', async () => ({ words: '', fields: await fieldsIn(interaction, to) }))
  }

  async function receive(
    interaction: ChatInputCommandInteraction | ModalSubmitInteraction,
    command: string,
    listen: () => Promise<Said>,
  ): Promise<void> {
    const { id, locale, webhook } = interaction
    const alone = interaction.context === InteractionContextType.BotDM
    // What is sent is for all to see; everything else is for the one who asked.
    const flags = alone || command === 'send' ? undefined : MessageFlags.Ephemeral
    if (!(await acknowledged(() => interaction.deferReply(flags ? { flags } : {})))) return
    const lasting = flags === undefined && canComeBack(interaction)
    const target = messenger.targetOf(interaction.channelId ?? '', webhook, {
      lasting,
      isPublic: flags === undefined,
    })

    async function say(message: Message): Promise<void> {
      const content = wordsMessage(message)
      if (flags || alone) return void (await delivered(() => webhook.editMessage('@original', content)))
      // All see that the bot is thinking; why nothing comes of it concerns one person alone.
      await delivered(() => webhook.deleteMessage('@original')).catch(unlessGone)
      await delivered(() => webhook.send({ ...content, flags: MessageFlags.Ephemeral }))
    }

    const { answered } = await bot.dispatch(
      command,
      {
        ...(await listen()),
        person: actorOf(interaction),
        chat: chatOf(interaction),
        target,
        language: supported(locale),
        key: keyOf(id),
      },
      { post: (card) => messenger.post(card, target), say },
    )
    await answered
  }

  async function press(interaction: ButtonInteraction): Promise<void> {
    const { id, locale, webhook, message } = interaction
    const action = decodeAction(interaction.customId)
    if (!action) return refuse(interaction, texts(locale)('press.stale'))
    if (!(await acknowledged(() => interaction.deferUpdate()))) return
    const isCard = 'transfer' in action && message.flags.has(MessageFlags.IsComponentsV2)
    const lasting = canComeBack(interaction) && !message.flags.has(MessageFlags.Ephemeral)
    // A tap opens the message for another while.
    if (isCard && !lasting) messenger.keepToken(message.id, webhook)
    const {
      toast,
      message: page,
      card,
    } = await bot.press({
      person: actorOf(interaction),
      chat: chatOf(interaction),
      language: supported(locale),
      key: keyOf(id),
      action,
      buttons: dataIn(message.components),
      place: { chat: message.channelId, message: message.id },
      // Where the bot itself may post: what a press brings isn't a reply to it.
      target: { chat: message.channelId },
    })
    const answer = page
      ? () => webhook.editMessage('@original', wordsMessage(page))
      : () => webhook.send({ ...wordsMessage({ text: toast }), flags: MessageFlags.Ephemeral })
    await Promise.all([
      delivered(answer),
      // A card that was deleted meanwhile has nothing to show any more.
      isCard && card && card.state !== 'open' && show(card, webhook).catch(unlessGone),
    ])
  }

  /** The tapped card shows at once what became of it, also where nothing else reaches it. */
  async function show(card: DrawnCard, webhook: ButtonInteraction['webhook']): Promise<void> {
    const content = await messenger.draw(card)
    await delivered(() => webhook.editMessage('@original', content))
  }

  async function offerAssets(interaction: AutocompleteInteraction): Promise<void> {
    const typed = interaction.options.getFocused().trim().toLowerCase()
    const { items } = await body(api.assets.$get({ query: { messenger: 'discord' } }))
    const choices = items
      .filter(({ code }) => code.toLowerCase().startsWith(typed))
      .slice(0, MAX_CHOICES)
      .map(({ code }) => ({ name: code, value: code }))
    await acknowledged(() => interaction.respond(choices))
  }

  const refuse = async (interaction: RepliableInteraction, why: string): Promise<void> => {
    const content = { ...wordsMessage({ text: why }), flags: MessageFlags.Ephemeral as const }
    await acknowledged(() => interaction.reply(content))
  }

  /**
   * Nothing moves before Discord knows that the bot is at it: who reads "did not respond" tries again, and would pay twice.
   * @returns false where it is too late, or where it came twice and the other one is at it
   */
  async function acknowledged(call: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await call()
        return true
      } catch (error) {
        if (error instanceof DiscordAPIError) {
          // The first attempt came through, and only its answer was lost.
          if (error.code === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged) return attempt > 1
          if (error.code !== RESTJSONErrorCodes.UnknownInteraction) throw error
          log.warn({ messenger: 'discord' }, 'an interaction came too late to be answered; nothing was done')
          return false
        }
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  return async (interaction: Interaction): Promise<void> => {
    if (interaction.isChatInputCommand())
      await receive(interaction, interaction.commandName, () => said(interaction))
    else if (interaction.isButton()) await press(interaction)
    else if (interaction.isAutocomplete()) await offerAssets(interaction)
    else if (interaction.isUserContextMenuCommand()) await openForm(interaction, interaction.targetUser)
    else if (interaction.isMessageContextMenuCommand())
      await openForm(interaction, interaction.targetMessage.author)
    else if (interaction.isModalSubmit()) await takeForm(interaction)
  }
}

/** Discord numbers all that there is in one series, so no two bots hear of the same number. */
const keyOf = (id: string) => `discord:${id}`

/** Buttons stand in rows, and the rows of a card in its container. */
const dataIn = (components: readonly object[]): string[] =>
  components.flatMap((component) => [
    ...('customId' in component && typeof component.customId === 'string' ? [component.customId] : []),
    ...('components' in component ? dataIn(component.components as object[]) : []),
  ])

const unlessGone = (error: unknown) => {
  if (!(error instanceof Undeliverable)) throw error
}

async function said({ options, client }: ChatInputCommandInteraction): Promise<Said> {
  const text = (name: string) => options.getString(name) ?? undefined
  const who = options.getUser('who')
  const others = {
    asset: text('asset'),
    note: text('note'),
    code: text('code'),
    switch: text('switch'),
    who: who?.bot ? 'bot' : who ? personOf(who) : undefined,
  }
  const amount = text('amount')
  // Who types the whole line into the first field is understood as in any chat.
  const isLine =
    amount !== undefined && /\s.*[\p{L}<]/u.test(amount) && Object.values(others).every((other) => !other)
  if (!isLine) return { words: '', fields: { amount, ...others } }
  return { words: amount, mentions: await mentionsIn(amount, client.users), handles: handlesOf(client) }
}

/** Whether the bot itself can change a message here later, without the token of an interaction. */
const canComeBack = ({ context, authorizingIntegrationOwners, appPermissions }: Interaction): boolean =>
  context === InteractionContextType.BotDM ||
  (authorizingIntegrationOwners[ApplicationIntegrationType.GuildInstall] !== undefined &&
    appPermissions.has(PermissionFlagsBits.ViewChannel))
