/** What people see: messages as text, buttons and pictures; modals as fields. */
import { ButtonStyle, ComponentType, MessageFlags } from 'discord.js'
import { type Component, everyComponent, labelOf, linesOf, mediaOf } from './components.ts'
import type { AllowedMentions } from './rules.ts'
import { attachmentJson, isLoading } from './shapes.ts'
import type { Attachment, Interaction, Message, World } from './world.ts'

type SeenButton = {
  label: string
  style: number
  disabled: boolean
  customId: string | undefined
  url: string | undefined
}
type SeenAttachment = {
  filename: string
  /** The alternative text. */
  description: string | undefined
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
  url: string
}
export type SeenMessage = {
  id: string
  channelId: string
  authorId: string
  content: string
  /** All that it says, in reading order: content, texts, `[buttons]` and `(picture: …)`. */
  lines: string[]
  text: string
  buttons: SeenButton[]
  embeds: object[]
  /** With Components V2, only what a component shows. */
  attachments: SeenAttachment[]
  flags: number
  componentsV2: boolean
  /** The id of the only person who sees it. */
  onlyFor: string | undefined
  ephemeral: boolean
  /** Whether it still shows "… is thinking". */
  loading: boolean
  edited: boolean
  /** As it was last sent by the bot. */
  allowedMentions: AllowedMentions | undefined
  /** Ids of those whom it notified, and 'everyone'. */
  pings: string[]
}
type SeenField = {
  customId: string
  label: string
  type: number
  required: boolean
  value: string | undefined
  minLength: number
  maxLength: number
}
export type SeenModal = { customId: string; title: string; fields: SeenField[]; opener: Interaction }

export function seen(message: Message, world: World): SeenMessage {
  const lines = [...(message.content ? message.content.split('\n') : []), ...linesOf(message.components)]
  const v2 = Boolean(message.flags & MessageFlags.IsComponentsV2)
  return {
    id: message.id,
    channelId: message.channel.id,
    authorId: message.author.id,
    content: message.content,
    lines,
    text: lines.join('\n'),
    embeds: message.embeds,
    buttons: everyComponent(message.components).flatMap(({ component }) =>
      component.type === ComponentType.Button ? [seenButton(component)] : [],
    ),
    attachments: (v2 ? shownBy(message) : message.attachments).map((attachment) => ({
      filename: attachment.filename,
      description: attachment.description,
      contentType: attachment.contentType,
      bytes: attachment.bytes,
      url: attachmentJson(attachment, message, world).url,
    })),
    flags: message.flags,
    componentsV2: v2,
    loading: isLoading(message),
    onlyFor: message.onlyFor?.id,
    ephemeral: Boolean(message.onlyFor),
    edited: Boolean(message.editedAt),
    allowedMentions: message.allowedMentions,
    pings: [...message.pings.users.map(({ id }) => id), ...(message.pings.everyone ? ['everyone'] : [])],
  }
}

function seenButton(button: Component): SeenButton {
  return {
    label: labelOf(button),
    style: button.style ?? ButtonStyle.Secondary,
    disabled: button.disabled ?? false,
    customId: button.custom_id ?? undefined,
    url: button.url ?? undefined,
  }
}

function shownBy(message: Message): Attachment[] {
  const media = everyComponent(message.components).flatMap(({ component }) => mediaOf(component))
  return media.flatMap(({ url, description }) => {
    const found = message.attachments.find(({ filename }) => url === `attachment://${filename}`)
    return found ? [{ ...found, description: description ?? found.description }] : []
  })
}

export function seenModal(interaction: Interaction): SeenModal | undefined {
  const { modal } = interaction
  if (!modal) return undefined
  const labels = new Map(
    everyComponent(modal.components).map(({ component }) => [component.component, component.label]),
  )
  return {
    customId: modal.custom_id,
    title: modal.title,
    fields: everyComponent(modal.components).flatMap(({ component }) =>
      component.custom_id ? [seenField(component, component.label ?? labels.get(component) ?? '')] : [],
    ),
    opener: interaction,
  }
}

function seenField(component: Component, label: string): SeenField {
  return {
    customId: component.custom_id ?? '',
    label,
    type: component.type,
    required: component.required ?? true,
    value: component.value ?? undefined,
    minLength: component.min_length ?? 0,
    maxLength: component.max_length ?? 4000,
  }
}
