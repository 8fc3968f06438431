import type { ModalView } from '@slack/types'
import { z } from 'zod'
import type { Language } from '../../src/shared/language.ts'
import { texts } from '../texts/index.ts'

/** Where people find the form: on a message, whose author it is for then, or anywhere. */
export const SHORTCUTS = { message: 'send_to_author', global: 'send_to_somebody' } as const
const FORM = 'send'

const User = z.object({
  id: z.string().min(1),
  username: z.string().optional(),
  name: z.string().optional(),
  team_id: z.string().optional(),
})
const team = z.object({ id: z.string().min(1) }).nullish()

/** https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload */
export const SHORTCUT_SHAPES = [
  z.object({
    type: z.literal('message_action'),
    callback_id: z.literal(SHORTCUTS.message),
    trigger_id: z.string().min(1),
    response_url: z.url(),
    user: User,
    team,
    channel: z.object({ id: z.string().min(1) }),
    message: z.object({
      user: z.string().optional(),
      bot_id: z.string().optional(),
      thread_ts: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal('shortcut'),
    callback_id: z.literal(SHORTCUTS.global),
    trigger_id: z.string().min(1),
    user: User,
    team,
  }),
] as const
export type Shortcut = z.output<(typeof SHORTCUT_SHAPES)[number]>

const Filled = z.object({ value: z.string().nullish() })
/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export const Submission = z.object({
  type: z.literal('view_submission'),
  user: User,
  team,
  view: z.object({
    id: z.string().min(1),
    callback_id: z.literal(FORM),
    private_metadata: z.string(),
    state: z.object({
      values: z.object({
        amount: z.object({ amount: Filled }),
        note: z.object({ note: Filled }),
        who: z.object({ who: z.object({ selected_user: z.string().nullish() }) }).optional(),
        where: z.object({ where: z.object({ selected_conversation: z.string().nullish() }) }).optional(),
      }),
    }),
  }),
})

/** What a form that was opened on a message knows already. Slack keeps it until the form is sent. */
const Known = z.object({
  workspace: z.string(),
  who: z.string().optional(),
  channel: z.string().optional(),
  thread: z.string().optional(),
})
type Known = z.output<typeof Known>

/** What somebody has filled in. */
export interface FilledForm extends Known {
  who: string
  amount: string | undefined
  note: string | undefined
}

/** A form for a transfer: to whom, and in which conversation its card is to be, are asked where they aren't known. */
export function formFor(known: Known, language: Language): ModalView {
  const t = texts(language)
  return {
    type: 'modal',
    callback_id: FORM,
    private_metadata: JSON.stringify(known),
    title: plain(t('slack.sendTo')),
    submit: plain(t('slack.send')),
    close: plain(t('slack.cancel')),
    blocks: [
      known.who === undefined
        ? input('who', t('slack.who'), { type: 'users_select', action_id: 'who' })
        : {
            type: 'rich_text',
            elements: [
              {
                type: 'rich_text_section',
                elements: [
                  { type: 'text', text: `${t('slack.who')} ` },
                  { type: 'user', user_id: known.who },
                ],
              },
            ],
          },
      {
        ...input('amount', t('slack.amount'), {
          type: 'plain_text_input',
          action_id: 'amount',
          max_length: 80,
        }),
        hint: plain(t('options.amount')),
      },
      {
        ...input('note', t('slack.note'), { type: 'plain_text_input', action_id: 'note', max_length: 200 }),
        optional: true,
      },
      ...(known.channel === undefined
        ? [
            {
              ...input('where', t('slack.where'), {
                type: 'conversations_select',
                action_id: 'where',
                default_to_current_conversation: true,
              }),
              hint: plain(t('slack.whereHint')),
              optional: true,
            },
          ]
        : []),
    ],
  }
}

/** @throws where it names nobody, who can't be left out, or where its hidden part isn't ours */
export function filledIn({ view }: z.output<typeof Submission>): FilledForm {
  const known = Known.parse(JSON.parse(view.private_metadata))
  const { amount, note, who, where } = view.state.values
  const recipient = known.who ?? who?.who.selected_user
  if (!recipient) throw new Error('A form names nobody.')
  return {
    ...known,
    who: recipient,
    channel: known.channel ?? where?.where.selected_conversation ?? undefined,
    amount: amount.amount.value ?? undefined,
    note: note.note.value ?? undefined,
  }
}

const plain = (text: string) => ({ type: 'plain_text' as const, text, emoji: false })

type InputBlock = Extract<ModalView['blocks'][number], { type: 'input' }>
const input = (name: string, label: string, element: InputBlock['element']) => ({
  type: 'input' as const,
  block_id: name,
  label: plain(label),
  element,
})
