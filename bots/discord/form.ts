import {
  LabelBuilder,
  ModalBuilder,
  type ModalSubmitInteraction,
  TextInputBuilder,
  TextInputStyle,
  type User,
} from 'discord.js'
import { labelOf } from '../../src/shared/names.ts'
import type { Invocation } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { cut } from './markdown.ts'
import { personOf } from './people.ts'

const MAX_TITLE = 45

/**
 * A form that asks for the amount and the note of a transfer.
 * @param to the recipient. Their id is part of the form's id, the only thing that comes back with the answers.
 * @param locale the language of the one who fills it in, as Discord says it
 */
export function formFor(to: User, locale: string): ModalBuilder {
  const t = texts(locale)
  const amount = new TextInputBuilder().setCustomId('amount').setStyle(TextInputStyle.Short).setMaxLength(80)
  const note = new TextInputBuilder()
    .setCustomId('note')
    .setStyle(TextInputStyle.Short)
    .setMaxLength(200)
    .setRequired(false)
  return new ModalBuilder()
    .setCustomId(`send:${to.id}`)
    .setTitle(titleFor(to, (name) => t('discord.form', { name })))
    .addLabelComponents(
      new LabelBuilder()
        .setLabel(t('discord.amount'))
        .setDescription(t('options.amount'))
        .setTextInputComponent(amount),
      new LabelBuilder()
        .setLabel(t('discord.note'))
        .setDescription(t('options.note'))
        .setTextInputComponent(note),
    )
}

/** The title, where a long name is cut, but never the handle or the id: only those can't be made to look like another person's. */
function titleFor(to: User, form: (name: string) => string): string {
  const who = personOf(to)
  const room = MAX_TITLE - form('').length - (who.handle ?? who.id).length - ' (@)'.length
  const label = labelOf(who, who.messenger, Math.max(1, room)) ?? `#${who.id}`
  return cut(form(label), MAX_TITLE)
}

/** The id of a form's recipient, or undefined where the form is none of ours. */
export const recipientOf = ({ customId }: ModalSubmitInteraction): string | undefined =>
  /^send:(\d+)$/.exec(customId)?.[1]

/** The fields of a form as options of `/send`. */
export async function fieldsIn(
  { fields, client }: ModalSubmitInteraction,
  recipient: string,
): Promise<NonNullable<Invocation['fields']>> {
  const to = await client.users.fetch(recipient).catch(() => undefined)
  return {
    amount: fields.getTextInputValue('amount'),
    note: fields.getTextInputValue('note'),
    who: to ? personOf(to) : { messenger: 'discord', id: recipient },
  }
}
