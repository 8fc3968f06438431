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
import { aboutOf, decodeAction } from '../actions.ts'
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

const FOR_EVERYBODY = new Set(['send', 'red', 'request', 'split', 'pool'])
const ATTEMPTS = 3
const MAX_CHOICES = 25
/** As many as one ask is for. */
const MOST_PEOPLE = 30

/** What a command or a form has for options. */
type Input = Pick<Invocation, 'words' | 'fields' | 'mentions' | 'handles'>

/** Handles interactions: commands, menus, forms, buttons and autocompletion. */
export function createInteractions(api: ApiClient, messenger: DiscordMessenger, bot: Bot, log: Log) {
  async function openForm(
    interaction: UserContextMenuCommandInteraction | MessageContextMenuCommandInteraction,
    to: User,
  ): Promise<void> {
    const { locale } = interaction
    if (to.bot) return refuse(interaction, texts(locale)('send.bot'))
    await acknowledged(() => interaction.showModal(formFor(to, locale)))
  }

  async function handleForm(interaction: ModalSubmitInteraction): Promise<void> {
    const to = recipientOf(interaction)
    if (to)
      await runCommand(interaction, 'send', async () => ({
        words: '',
        fields: await fieldsIn(interaction, to),
      }))
  }

  async function runCommand(
    interaction: ChatInputCommandInteraction | ModalSubmitInteraction,
    command: string,
    readInput: () => Promise<Input>,
  ): Promise<void> {
    const { id, locale, webhook } = interaction
    const isPrivate = interaction.context === InteractionContextType.BotDM
    // Everybody sees the cards of these; all other answers are for the one who gave the command.
    const flags = isPrivate || FOR_EVERYBODY.has(command) ? undefined : MessageFlags.Ephemeral
    if (!(await acknowledged(() => interaction.deferReply(flags ? { flags } : {})))) return
    const lasting = flags === undefined && canEditLater(interaction)
    const target = messenger.targetOf(interaction.channelId ?? '', webhook, {
      lasting,
      isPublic: flags === undefined,
    })

    async function say(message: Message): Promise<void> {
      const content = wordsMessage(message)
      if (flags || isPrivate) return void (await delivered(() => webhook.editMessage('@original', content)))
      // Everybody sees that the bot is thinking; only the one who gave the command is told why nothing comes of it.
      await delivered(() => webhook.deleteMessage('@original')).catch(unlessGone)
      await whisper(message)
    }

    const whisper = async (message: Message): Promise<void> =>
      void (await delivered(() => webhook.send({ ...wordsMessage(message), flags: MessageFlags.Ephemeral })))

    const { answered } = await bot.dispatch(
      command,
      {
        ...(await readInput()),
        person: actorOf(interaction),
        chat: chatOf(interaction),
        target,
        language: supported(locale),
        key: keyOf(id),
      },
      { post: (card) => messenger.post(card, target), say, whisper },
    )
    await answered
  }

  async function handleButton(interaction: ButtonInteraction): Promise<void> {
    const { id, locale, webhook, message } = interaction
    const action = decodeAction(interaction.customId)
    if (!action) return refuse(interaction, texts(locale)('press.stale'))
    if (!(await acknowledged(() => interaction.deferUpdate()))) return
    const isCard = aboutOf(action) !== undefined && message.flags.has(MessageFlags.IsComponentsV2)
    const lasting = canEditLater(interaction) && !message.flags.has(MessageFlags.Ephemeral)
    // With the token of this tap the message can be edited for another 15 minutes.
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
      buttons: buttonDataIn(message.components),
      place: { chat: message.channelId, message: message.id },
      // Without a token: the card is a message of the bot's own, no reply to the press.
      target: { chat: message.channelId },
    })
    const answer = page
      ? () => webhook.editMessage('@original', wordsMessage(page))
      : () => webhook.send({ ...wordsMessage({ text: toast }), flags: MessageFlags.Ephemeral })
    await Promise.all([
      delivered(answer),
      // The card may have been deleted meanwhile.
      isCard &&
        card &&
        (card.state !== 'open' || card.of === 'ask') &&
        redrawTapped(card, webhook).catch(unlessGone),
    ])
  }

  /** Redraws the tapped card at once: where the bot is no member, only the token of the tap can edit it. */
  async function redrawTapped(card: DrawnCard, webhook: ButtonInteraction['webhook']): Promise<void> {
    const content = await messenger.draw(card)
    await delivered(() => webhook.editMessage('@original', content))
  }

  async function completeAsset(interaction: AutocompleteInteraction): Promise<void> {
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
   * Acknowledges an interaction. It comes before any money moves: people who read "did not respond" try again, and would pay
   * twice.
   * @returns false where it is too late, or the interaction was delivered twice and the other one is being handled
   */
  async function acknowledged(call: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await call()
        return true
      } catch (error) {
        if (error instanceof DiscordAPIError) {
          // After a first attempt it means that this one has arrived, and only its answer was lost.
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
      await runCommand(interaction, interaction.commandName, () => inputOf(interaction))
    else if (interaction.isButton()) await handleButton(interaction)
    else if (interaction.isAutocomplete()) await completeAsset(interaction)
    else if (interaction.isUserContextMenuCommand()) await openForm(interaction, interaction.targetUser)
    else if (interaction.isMessageContextMenuCommand())
      await openForm(interaction, interaction.targetMessage.author)
    else if (interaction.isModalSubmit()) await handleForm(interaction)
  }
}

/** The idempotency key. Discord's ids are unique across all bots. */
const keyOf = (id: string) => `discord:${id}`

/** The data of all buttons: they are in rows, and the rows of a card in its container. */
const buttonDataIn = (components: readonly object[]): string[] =>
  components.flatMap((component) => [
    ...('customId' in component && typeof component.customId === 'string' ? [component.customId] : []),
    ...('components' in component ? buttonDataIn(component.components as object[]) : []),
  ])

const unlessGone = (error: unknown) => {
  if (!(error instanceof Undeliverable)) throw error
}

async function inputOf({ options, client }: ChatInputCommandInteraction): Promise<Input> {
  const text = (name: string) => options.getString(name) ?? undefined
  const who = options.getUser('who')
  const people = text('people')
  // There is no field for several people, so all of it is parsed as in a chat.
  if (people !== undefined) {
    const words = [text('amount'), text('asset'), people, text('note')].filter(Boolean).join(' ')
    return { words, mentions: await mentionsIn(words, client.users, MOST_PEOPLE), handles: handlesOf(client) }
  }
  const others = {
    count: text('count'),
    draw: text('draw'),
    takers: text('takers'),
    list: text('list'),
    time: text('time'),
    asset: text('asset'),
    note: text('note'),
    code: text('code'),
    switch: text('switch'),
    words: text('words'),
    rule: text('rule'),
    invitation: text('invitation'),
    linking: text('linking'),
    picture: text('picture'),
    phrase: text('phrase'),
    who: who?.bot ? 'bot' : who ? personOf(who) : undefined,
  }
  const amount = text('amount')
  // Some people type the whole line into the first field: it is parsed as in a chat.
  const isLine =
    amount !== undefined && /\s.*[\p{L}<]/u.test(amount) && Object.values(others).every((other) => !other)
  if (!isLine) return { words: '', fields: { amount, ...others } }
  return { words: amount, mentions: await mentionsIn(amount, client.users), handles: handlesOf(client) }
}

/** Whether the bot can edit its message there later, without the token of an interaction. */
const canEditLater = ({ context, authorizingIntegrationOwners, appPermissions }: Interaction): boolean =>
  context === InteractionContextType.BotDM ||
  (authorizingIntegrationOwners[ApplicationIntegrationType.GuildInstall] !== undefined &&
    appPermissions.has(PermissionFlagsBits.ViewChannel))
