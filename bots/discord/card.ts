import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ContainerBuilder,
  MediaGalleryBuilder,
  MessageFlags,
  TextDisplayBuilder,
  TimestampStyles,
  time,
  userMention,
} from 'discord.js'
import { opensElsewhere } from '../../src/shared/link.ts'
import { encodeAction, type Style, styleOf } from '../actions.ts'
import { aroundName, collectLine, type DrawnCard, endOf, leadsSomewhere } from '../card.ts'
import { type Button, type Message } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { cut, plain, plainWithin } from './markdown.ts'

const PICTURE = 'qr.png'
const COLOURS = {
  open: 0x5865f2,
  collected: 0x23a55a,
  cancelled: 0x80848e,
  declined: 0x80848e,
  returned: 0x80848e,
}
const MAX_CHARACTERS = 2000
const MAX_IN_ROW = 5
const MAX_ROWS = 5

/**
 * A card as a message to post, or as the new content of a message.
 * @param lasting whether the card can be redrawn at any time, by the bot itself
 */
export function cardMessage(card: DrawnCard, picture: Uint8Array | undefined, lasting: boolean) {
  const t = texts(card.language)
  const mentioned = card.mention && card.to?.messenger === 'discord' ? card.to.id : null
  const [before, after] = aroundName(card)
  const container = new ContainerBuilder()
    .setAccentColor(COLOURS[card.state])
    .addTextDisplayComponents(
      textOf([
        `## ${card.amount}`,
        `**${plain(card.title)}**`,
        card.note === null ? undefined : `> ${plain(card.note)}`,
        mentioned ? before + userMention(mentioned) + after : plain(card.status),
        card.unreached && plain(card.unreached),
      ]),
    )
  if (picture)
    container.addMediaGalleryComponents(
      new MediaGalleryBuilder().addItems({
        media: { url: `attachment://${PICTURE}` },
        description: card.alternative,
      }),
    )
  if (card.expiresAt)
    container.addTextDisplayComponents(
      textOf([
        t(endOf(card), { when: timeOf(card.expiresAt) }),
        ...linkLines(card),
        card.hint && `-# ${plain(card.hint)}`,
        lasting || card.link === null ? undefined : `-# ${t('discord.linkKnows')}`,
      ]),
    )
  container.addActionRowComponents(rowsOf([card.buttons]))
  return {
    flags: MessageFlags.IsComponentsV2 as const,
    components: [container],
    ...(mentioned && { allowedMentions: { parse: [], users: [mentioned] } }),
    // Without it an edit would keep the picture of before.
    ...(picture
      ? { files: [new AttachmentBuilder(Buffer.from(picture), { name: PICTURE })] }
      : { attachments: [] }),
  }
}

function linkLines(card: DrawnCard): string[] {
  if (card.link === null) return []
  return leadsSomewhere(card) ? [card.link] : [card.link, collectLine(card)].map((line) => `\`${line}\``)
}

/** A plain message. */
export const wordsMessage = ({ text, buttons = [] }: Message) => ({
  content: plainWithin(text, MAX_CHARACTERS),
  components: rowsOf(buttons),
})

const textOf = (lines: (string | undefined)[]) =>
  new TextDisplayBuilder().setContent(lines.filter((line) => line !== undefined).join('\n'))

/** Discord counts the relative time down by itself, and shows the other in each reader's time zone. */
const timeOf = (date: Date) =>
  `${time(date, TimestampStyles.RelativeTime)} (${time(date, TimestampStyles.ShortDateTime)})`

/** Buttons in at most five rows of five, which is all that Discord takes. */
function rowsOf(wanted: Button[][]): ActionRowBuilder<ButtonBuilder>[] {
  const rows = wanted.map((row) => row.filter(isPossible))
  const buttons = rows.flat().slice(0, MAX_IN_ROW * MAX_ROWS)
  const fitting = rows.length <= MAX_ROWS ? rows : chunks(buttons, MAX_IN_ROW)
  return fitting
    .filter((row) => row.length > 0)
    .map((row) => new ActionRowBuilder<ButtonBuilder>().addComponents(row.map(buttonOf)))
}

/** Discord refuses messages with a link to a bare host name such as localhost. */
const isPossible = (button: Button): boolean => !('url' in button) || opensElsewhere(button.url)

function buttonOf(button: Button): ButtonBuilder {
  const built = new ButtonBuilder().setLabel(cut(button.label, 80))
  if ('url' in button) return built.setStyle(ButtonStyle.Link).setURL(button.url)
  return built.setStyle(STYLES[styleOf(button.action)]).setCustomId(encodeAction(button.action))
}

const STYLES: Record<Style, Exclude<ButtonStyle, ButtonStyle.Link | ButtonStyle.Premium>> = {
  primary: ButtonStyle.Success,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
}

const chunks = <T>(items: T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
