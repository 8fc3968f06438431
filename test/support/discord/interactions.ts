import { InteractionResponseType, InteractionType, MessageFlags } from 'discord.js'
import { ApiError, refuseBreaches } from './errors.ts'
import { type Draft, edit, post, postLoading, remove } from './messages.ts'
import type { Call, Handler, Reply } from './rest.ts'
import { breachesOfModal, type MessageBody } from './rules.ts'
import { isLoading, messageJson } from './shapes.ts'
import type { Interaction, Message, World } from './world.ts'

const secondsToAnswer = 3
const minutesOfToken = 15
/** Messages after the first, where only a person has the app installed and the guild hasn't. */
const visitorsFollowUps = 5

const answersTo: Record<number, number[]> = {
  [InteractionType.ApplicationCommand]: [4, 5, 9],
  [InteractionType.MessageComponent]: [4, 5, 6, 7, 9],
  [InteractionType.ApplicationCommandAutocomplete]: [8],
  [InteractionType.ModalSubmit]: [4, 5],
}

/** The routes by which a bot answers what people do. */
export function interactionHandlers(world: World): Record<string, Handler> {
  return {
    create_interaction_response(call) {
      const interaction = unanswered(world, call)
      const type: number = call.body.type
      const answers = answersTo[interaction.type] ?? []
      const allowed = interaction.trigger?.source ? [...answers, 6, 7] : answers
      if (!allowed.includes(type))
        refuseBreaches([{ path: ['type'], message: `must be one of ${allowed.join(', ')} here` }])
      respond(world, interaction, call)
      interaction.acknowledged = type
      return call.query.with_response === 'true' ? [200, responseJson(world, interaction)] : [204]
    },

    execute_webhook(call) {
      const interaction = answered(world, call)
      const body: MessageBody = call.body
      const loading = interaction.original
      if (loading && isLoading(loading) && world.messages.has(loading.id)) {
        edit(world, loading, body, call.files)
        return [200, messageJson(loading, world)]
      }
      if (!interaction.owners[0] && interaction.followUps.length >= visitorsFollowUps)
        throw new ApiError(40094)
      const message = post(world, draftOf(world, interaction, body.flags), body, call.files)
      interaction.followUps.push(message)
      return [200, messageJson(message, world)]
    },

    get_original_webhook_message: (call) => shown(world, original(world, call)),
    update_original_webhook_message: (call) => revised(world, original(world, call), call),
    delete_original_webhook_message: (call) => removed(world, original(world, call)),
    get_webhook_message: (call) => shown(world, byId(world, call)),
    update_webhook_message: (call) => revised(world, byId(world, call), call),
    delete_webhook_message: (call) => removed(world, byId(world, call)),
  }
}

function unanswered(world: World, call: Call): Interaction {
  const interaction = world.interactions.get(call.params.interaction_token ?? '')
  if (!interaction || interaction.id !== call.params.interaction_id) throw new ApiError(10062)
  if (interaction.acknowledged !== undefined) throw new ApiError(40060)
  if (world.now() - interaction.createdAt > secondsToAnswer * 1000) throw new ApiError(10062)
  return interaction
}

function answered(world: World, call: Call): Interaction {
  const interaction = world.interactions.get(call.params.webhook_token ?? '')
  if (!interaction || call.params.webhook_id !== world.applicationId) throw new ApiError(10015)
  if (world.now() - interaction.createdAt > minutesOfToken * 60_000) throw new ApiError(50027)
  if (interaction.acknowledged === undefined) throw new ApiError(10015)
  return interaction
}

function respond(world: World, interaction: Interaction, { body, files }: Call): void {
  const { data } = body
  switch (body.type) {
    case InteractionResponseType.ChannelMessageWithSource:
      interaction.original = post(world, draftOf(world, interaction, data?.flags), data ?? {}, files, [
        'data',
      ])
      break
    case InteractionResponseType.DeferredChannelMessageWithSource:
      if ((data?.flags ?? 0) & ~MessageFlags.Ephemeral)
        refuseBreaches([{ path: ['data', 'flags'], message: 'only EPHEMERAL may be set while deferring' }])
      interaction.original = postLoading(world, draftOf(world, interaction, data?.flags))
      break
    case InteractionResponseType.UpdateMessage:
      if (interaction.source) edit(world, interaction.source, data ?? {}, files, ['data'])
      interaction.original = interaction.source
      break
    case InteractionResponseType.DeferredMessageUpdate:
      interaction.original = interaction.source
      break
    case InteractionResponseType.ApplicationCommandAutocompleteResult:
      interaction.choices = data.choices ?? []
      break
    case InteractionResponseType.Modal:
      refuseBreaches(breachesOfModal(data), ['data'])
      interaction.modal = data
      break
  }
}

function draftOf(world: World, interaction: Interaction, flags: number | null | undefined): Draft {
  const fromCommand = interaction.type === InteractionType.ApplicationCommand
  const ephemeral = Boolean((flags ?? 0) & MessageFlags.Ephemeral)
  return {
    channel: interaction.channel,
    author: world.bot,
    type: fromCommand ? 20 : 0,
    interaction,
    onlyFor: ephemeral ? interaction.user : undefined,
  }
}

function responseJson(world: World, interaction: Interaction): object {
  const { id, type, acknowledged, original: message } = interaction
  const about = message
    ? {
        response_message_id: message.id,
        response_message_loading: isLoading(message),
        response_message_ephemeral: Boolean(message.onlyFor),
      }
    : {}
  const withMessage = acknowledged === 4 || acknowledged === 7
  return {
    interaction: { id, type, ...about, channel_id: interaction.channel.id },
    ...(withMessage && message
      ? { resource: { type: acknowledged, message: messageJson(message, world) } }
      : {}),
  }
}

function original(world: World, call: Call): Message {
  const message = answered(world, call).original
  if (!message || !world.messages.has(message.id)) throw new ApiError(10008)
  return message
}

function byId(world: World, call: Call): Message {
  const { original: first, followUps } = answered(world, call)
  const message = [first, ...followUps].find((each) => each?.id === call.params.message_id)
  if (!message || !world.messages.has(message.id)) throw new ApiError(10008)
  return message
}

function shown(world: World, message: Message): Reply {
  return [200, messageJson(message, world)]
}

function revised(world: World, message: Message, { body, files }: Call): Reply {
  edit(world, message, body, files)
  return shown(world, message)
}

function removed(world: World, message: Message): Reply {
  remove(world, message)
  return [204]
}
