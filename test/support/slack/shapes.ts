// What Slack takes in messages and forms, by https://docs.slack.dev/reference/block-kit. What isn't named there is refused.
import { z } from 'zod'

const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  })

const style = z.strictObject({ bold: z.boolean().optional(), italic: z.boolean().optional() }).optional()
const Element = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().regex(/^[UW][\dA-Z]+$/), style }),
  z.strictObject({ type: z.literal('link'), url: z.url(), text: z.string().optional(), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().regex(/\{\w+\}/),
    fallback: z.string().optional(),
  }),
])
export type Element = z.output<typeof Element>

const RichText = z.strictObject({
  type: z.literal('rich_text'),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(Element).min(1) }),
        z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(Element).min(1) }),
      ]),
    )
    .min(1),
})

const Button = z
  .strictObject({
    type: z.literal('button'),
    action_id: z.string().min(1).max(255),
    text: plain(75),
    value: z.string().max(2000).optional(),
    url: z.url().max(3000).optional(),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .refine(
    ({ url, value }) => (url === undefined) !== (value === undefined),
    'leads nowhere, or to two things',
  )
export type Button = z.output<typeof Button>

const unique = (buttons: { action_id: string }[]) =>
  new Set(buttons.map(({ action_id }) => action_id)).size === buttons.length

export const Blocks = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('header'), text: plain(150) }),
      RichText,
      z.strictObject({
        type: z.literal('image'),
        image_url: z.url({ hostname: /\./ }).max(3000),
        alt_text: z.string().min(1).max(2000),
      }),
      z.strictObject({
        type: z.literal('actions'),
        elements: z.array(Button).min(1).max(25).refine(unique, 'two actions of one id'),
      }),
    ]),
  )
  .min(1)
  .max(50)
export type Blocks = z.output<typeof Blocks>

const Input = z.strictObject({
  type: z.literal('input'),
  block_id: z.string().max(255),
  label: plain(2000),
  hint: plain(2000).optional(),
  optional: z.boolean().optional(),
  element: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('plain_text_input'),
      action_id: z.string().max(255),
      max_length: z.int().max(3000).optional(),
    }),
    z.strictObject({ type: z.literal('users_select'), action_id: z.string().max(255) }),
    z.strictObject({
      type: z.literal('conversations_select'),
      action_id: z.string().max(255),
      default_to_current_conversation: z.boolean().optional(),
    }),
  ]),
})

export const Modal = z.strictObject({
  type: z.literal('modal'),
  callback_id: z.string().max(255),
  private_metadata: z.string().max(3000),
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  blocks: z.array(z.discriminatedUnion('type', [Input, RichText])).max(100),
})
export type Modal = z.output<typeof Modal>

/** What the address for answers takes: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
export const Response = z.strictObject({
  response_type: z.literal('ephemeral'),
  replace_original: z.boolean(),
  text: z.string().min(1).max(40_000),
  blocks: Blocks,
})
