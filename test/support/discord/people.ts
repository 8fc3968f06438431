import { ApplicationCommandType, ChannelType, ComponentType, InteractionType } from 'discord.js'
import { commandFor, type OptionValue, optionsJson, ownersOfCommand, ownersOfMessage } from './calls.ts'
import { type Component, everyComponent, labelOf } from './components.ts'
import { post } from './messages.ts'
import { type SeenMessage, type SeenModal, seen, seenModal } from './seen.ts'
import { interactionJson, messageJson, resolvedUsersJson } from './shapes.ts'
import {
  type Channel,
  type Guild,
  type Interaction,
  type Message,
  type Owners,
  permissionsIn,
  type User,
  type World,
} from './world.ts'

/** What people need of the fake besides its world. */
export type Stage = {
  world: World
  /** @throws Error where no bot is connected */
  deliver: (interaction: Interaction) => void
  until: <T>(condition: () => T | Promise<T>, options?: { what?: string }) => Promise<T>
}

/** What the bot did about one interaction, as it is now: `message` shows later edits too. */
export class Answer {
  readonly #interaction: Interaction
  readonly #world: World

  constructor(interaction: Interaction, world: World) {
    this.#interaction = interaction
    this.#world = world
  }

  /** The callback's type: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. */
  get type(): number {
    return this.#interaction.acknowledged ?? 0
  }
  /** The reply, or the message that was updated. @throws Error where there is none (any more) */
  get message(): SeenMessage {
    const message = this.#interaction.original
    if (!message || !this.#world.messages.has(message.id)) throw new Error('the answer has no message')
    return seen(message, this.#world)
  }
  get ephemeral(): boolean {
    return this.message.ephemeral
  }
  get followUps(): SeenMessage[] {
    const present = this.#interaction.followUps.filter(({ id }) => this.#world.messages.has(id))
    return present.map((message) => seen(message, this.#world))
  }
  /** @throws Error where the answer opened no modal */
  get modal(): SeenModal {
    const modal = seenModal(this.#interaction)
    if (!modal) throw new Error('the answer is no modal')
    return modal
  }
  get choices(): { name: string; value: string | number }[] {
    return this.#interaction.choices ?? []
  }
}

/** Something that a person did, which the bot has three seconds to acknowledge. */
export class Deed {
  readonly id: string
  readonly #interaction: Interaction
  readonly #stage: Stage
  readonly #words: string

  constructor(interaction: Interaction, stage: Stage, words: string) {
    this.id = interaction.id
    this.#interaction = interaction
    this.#stage = stage
    this.#words = words
  }

  /** The callback's type, once there is one. */
  get acknowledged(): number | undefined {
    return this.#interaction.acknowledged
  }

  /**
   * Resolves once it is answered, and a deferred reply filled in (or deleted). A deferred update (6) resolves at once:
   * wait with `until` for what it does to the message.
   */
  answer(): Promise<Answer> {
    const { world, until } = this.#stage
    const loading = () => {
      const { original, acknowledged } = this.#interaction
      return (
        acknowledged === 5 && original && world.messages.has(original.id) && seen(original, world).loading
      )
    }
    const answered = () => this.#interaction.acknowledged !== undefined && !loading()
    const what = `an answer to ${this.#words}`
    return until(answered, { what }).then(() => new Answer(this.#interaction, world))
  }
}

export class Person {
  readonly user: User
  readonly #stage: Stage

  constructor(user: User, stage: Stage) {
    this.user = user
    this.#stage = stage
  }

  get id(): string {
    return this.user.id
  }
  get username(): string {
    return this.user.username
  }
  /** The private conversation with the bot. */
  get privateChannel(): Channel {
    return this.#stage.world.privateChannel(this.user, this.#stage.world.bot)
  }

  permissionsIn(guild: { guild: Guild }): bigint {
    return permissionsIn(guild.guild, this.user)
  }
  /** Installs the app to the own account: user-installed commands are there in every server and conversation. */
  installsApp(): void {
    this.user.installed = true
  }
  removesApp(): void {
    this.user.installed = false
  }
  closesPrivateMessages(): void {
    this.user.closed = true
  }
  opensPrivateMessages(): void {
    this.user.closed = false
  }

  /** Writes to the bot in private. @param at when, if not now: the bot hears of it late */
  dm(text: string, at?: Date): SeenMessage {
    return this.says(this.privateChannel, text, at)
  }
  says(channel: Channel, text: string, at?: Date): SeenMessage {
    const { world } = this.#stage
    this.#mustBeIn(channel)
    const then = at && { id: world.idAt(at), createdAt: at.getTime() }
    return seen(post(world, { channel, author: this.user, ...then }, { content: text }, []), world)
  }

  /** `command` names a subcommand after a space. @throws Error where Discord would not offer it or not let it be sent */
  slash(channel: Channel, command: string, options: Record<string, OptionValue> = {}): Deed {
    return this.#calls(InteractionType.ApplicationCommand, channel, command, options)
  }
  autocomplete(
    channel: Channel,
    command: string,
    options: Record<string, OptionValue>,
    focused: string,
  ): Deed {
    return this.#calls(InteractionType.ApplicationCommandAutocomplete, channel, command, options, focused)
  }
  userMenu(channel: Channel, name: string, target: Person): Deed {
    const resolved = resolvedUsersJson([target.user], channel)
    return this.#picks(channel, name, ApplicationCommandType.User, { target_id: target.id, resolved })
  }
  messageMenu(channel: Channel, name: string, target: SeenMessage): Deed {
    const message = this.#find(target)
    const resolved = { messages: { [target.id]: messageJson(message, this.#stage.world, { whole: true }) } }
    return this.#picks(channel, name, ApplicationCommandType.Message, { target_id: target.id, resolved })
  }

  /** Sends the press of a button that the message doesn't have, as a client of one's own making would. */
  forges(message: SeenMessage, custom_id: string): Deed {
    const source = this.#find(message)
    return this.#does(`${this.username}'s press of "${custom_id}"`, {
      type: InteractionType.MessageComponent,
      channel: source.channel,
      owners: source.interaction?.owners ?? ownersOfMessage(source),
      data: { component_type: ComponentType.Button, custom_id, id: 1 },
      source,
    })
  }

  /** Taps a button by its label or custom_id, as it is on the message now. */
  taps(message: SeenMessage, labelOrId: string): Deed {
    const source = this.#find(message)
    const buttons = everyComponent(source.components).filter(
      ({ component }) => component.type === ComponentType.Button,
    )
    const found = buttons
      .map(({ component }) => component)
      .filter((each) => [each.custom_id, each.label, labelOf(each)].includes(labelOrId))
    const labels = buttons.map(({ component }) => labelOf(component)).join(', ')
    const button = found[0]
    if (!button || found.length > 1)
      throw new Error(`${found.length} buttons "${labelOrId}" on the message; it has: ${labels}`)
    if (!button.custom_id) throw new Error(`"${labelOrId}" is a link: it tells the bot nothing`)
    if (button.disabled) throw new Error(`"${labelOrId}" is disabled`)
    const owners = source.interaction?.owners ?? ownersOfMessage(source)
    const data = { component_type: ComponentType.Button, custom_id: button.custom_id, id: button.id ?? 1 }
    return this.#does(`${this.username}'s tap on "${labelOrId}"`, {
      type: InteractionType.MessageComponent,
      channel: source.channel,
      owners,
      data,
      source,
    })
  }

  /** Fills in a modal that this person was shown and sends it; a select takes values or a person. @throws Error where Discord would not let it be sent */
  submits(modal: SeenModal, given: Record<string, string | string[] | Person>): Deed {
    const { opener } = modal
    const people = Object.values(given).filter((value) => value instanceof Person)
    const values: Record<string, string | string[]> = Object.fromEntries(
      Object.entries(given).map(([id, value]) => [id, value instanceof Person ? [value.id] : value]),
    )
    if (opener.user !== this.user) throw new Error(`${this.username} was not shown "${modal.title}"`)
    const unknown = Object.keys(values).find((id) => !modal.fields.some(({ customId }) => customId === id))
    if (unknown) throw new Error(`"${modal.title}" has no field ${unknown}`)
    for (const { customId, required, minLength, maxLength, value: preset } of modal.fields) {
      const value = values[customId] ?? preset ?? ''
      if (required && value.length === 0) throw new Error(`"${modal.title}" needs ${customId}`)
      if (typeof value === 'string' && value && (value.length < minLength || value.length > maxLength))
        throw new Error(
          `${customId} has ${value.length} characters, ${minLength} to ${maxLength} are allowed`,
        )
    }
    const filled = (component: Component): object => {
      const { type, id, custom_id } = component
      const base = { type, id: id ?? 1 }
      if (component.components) return { ...base, components: component.components.map(filled) }
      if (component.component) return { ...base, component: filled(component.component) }
      if (!custom_id) return base
      const value = values[custom_id] ?? component.value ?? ''
      if (type === ComponentType.TextInput) return { ...base, custom_id, value }
      return { ...base, custom_id, values: [value].flat().filter(Boolean) }
    }
    const users = people.map(({ user }) => user)
    const data = {
      custom_id: modal.customId,
      components: opener.modal?.components.map(filled) ?? [],
      ...(users.length > 0 ? { resolved: resolvedUsersJson(users, opener.channel) } : {}),
    }
    return this.#does(`${this.username}'s "${modal.title}"`, {
      type: InteractionType.ModalSubmit,
      channel: opener.channel,
      owners: opener.owners,
      data,
      source: opener.source,
      trigger: opener,
    })
  }

  #calls(
    type: InteractionType,
    channel: Channel,
    name: string,
    options: Record<string, OptionValue>,
    focused?: string,
  ): Deed {
    const { world } = this.#stage
    this.#mustBeIn(channel)
    const [top = '', ...path] = name.split(' ')
    const command = commandFor(world, ApplicationCommandType.ChatInput, top)
    const owners = ownersOfCommand(world, command, this.user, channel)
    const { json, users } = optionsJson(command, path, options, focused)
    const data = {
      id: command.id,
      name: command.name,
      type: command.type,
      options: json,
      ...(users.length > 0 ? { resolved: resolvedUsersJson(users, channel) } : {}),
    }
    return this.#does(`${this.username}'s /${name}`, { type, channel, owners, data })
  }

  #picks(channel: Channel, name: string, type: ApplicationCommandType, target: object): Deed {
    const { world } = this.#stage
    this.#mustBeIn(channel)
    const command = commandFor(world, type, name)
    const owners = ownersOfCommand(world, command, this.user, channel)
    const data = { id: command.id, name, type, ...target }
    return this.#does(`${this.username}'s "${name}"`, {
      type: InteractionType.ApplicationCommand,
      channel,
      owners,
      data,
    })
  }

  #does(words: string, what: What): Deed {
    const { world, deliver } = this.#stage
    const { data, source, trigger, ...rest } = what
    const interaction: Interaction = {
      ...rest,
      id: world.nextId(),
      token: crypto.randomUUID(),
      user: this.user,
      createdAt: world.now(),
      source,
      trigger,
      acknowledged: undefined,
      original: undefined,
      followUps: [],
      modal: undefined,
      choices: undefined,
      payload: {},
    }
    interaction.payload = {
      ...interactionJson(interaction, world),
      data,
      ...(source ? { message: messageJson(source, world) } : {}),
    }
    deliver(interaction)
    return new Deed(interaction, this.#stage, words)
  }

  #find({ id }: SeenMessage): Message {
    const message = this.#stage.world.messages.get(id)
    if (!message) throw new Error('that message is not there any more')
    this.#mustBeIn(message.channel)
    if (message.onlyFor && message.onlyFor !== this.user)
      throw new Error(`${this.username} does not see that message: only ${message.onlyFor.username} does`)
    return message
  }

  #mustBeIn(channel: Channel): void {
    const isIn = channel.guild ? channel.guild.members.has(this.id) : channel.people.includes(this.user)
    const where =
      channel.name ?? (channel.type === ChannelType.DM ? 'that private conversation' : 'that group')
    if (!isIn) throw new Error(`${this.username} is not in ${where}`)
  }
}

type What = {
  type: InteractionType
  channel: Channel
  owners: Owners
  data: object
  source?: Message | undefined
  trigger?: Interaction | undefined
}
