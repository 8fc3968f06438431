// What WeCom takes, by the names of its own documentation; what it doesn't name is refused here.
// https://developer.work.weixin.qq.com/document/path/101463 (commands), 101031 (answers), 101032 (template cards)
import { z } from 'zod'

const bytes = (most: number) =>
  z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= most, `is longer than ${most} bytes`)

const Title = z.strictObject({ title: z.string().min(1), desc: z.string().optional() })
const card = {
  main_title: Title,
  sub_title_text: z.string().optional(),
  quote_area: z.strictObject({ type: z.literal(0), quote_text: z.string() }).optional(),
  horizontal_content_list: z
    .array(
      z.strictObject({
        keyname: z.string().min(1),
        value: z.string(),
        type: z.literal(1).optional(),
        url: z.url().optional(),
      }),
    )
    .max(6)
    .optional(),
  jump_list: z
    .array(z.strictObject({ type: z.literal(1), title: z.string().min(1), url: z.url() }))
    .max(3)
    .optional(),
  task_id: z.string().regex(/^[\w@-]{1,128}$/),
}
const CardAction = z.strictObject({ type: z.literal(1), url: z.url() })
const Buttons = z
  .array(z.strictObject({ text: z.string().min(1), style: z.int().min(1).max(4), key: bytes(1024) }))
  .min(1)
  .max(6)
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'keys may not repeat')

export const TemplateCard = z.discriminatedUnion('card_type', [
  z.strictObject({
    card_type: z.literal('button_interaction'),
    ...card,
    card_action: CardAction.optional(),
    button_list: Buttons,
  }),
  z.strictObject({ card_type: z.literal('text_notice'), ...card, card_action: CardAction }),
])
export type TemplateCard = z.output<typeof TemplateCard>

const Image = z.strictObject({
  msgtype: z.literal('image'),
  image: z.strictObject({ base64: z.base64(), md5: z.hex().length(32) }),
})
const Stream = z
  .strictObject({
    id: z.string().min(1),
    finish: z.boolean().optional(),
    content: bytes(20480).optional(),
    msg_item: z.array(Image).max(10).optional(),
    feedback: z.strictObject({ id: bytes(256) }).optional(),
  })
  .refine(({ msg_item, finish }) => !msg_item || finish, 'pictures come with the end of a stream alone')

const AsCard = z.strictObject({ msgtype: z.literal('template_card'), template_card: TemplateCard })

export const Respond = z.discriminatedUnion('msgtype', [
  z.strictObject({ msgtype: z.literal('stream'), stream: Stream }),
  z.strictObject({
    msgtype: z.literal('stream_with_template_card'),
    stream: Stream,
    template_card: TemplateCard.optional(),
  }),
  AsCard,
])
const to = {
  chatid: z.string().min(1),
  chat_type: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
}
export const Send = z.discriminatedUnion('msgtype', [
  z.strictObject({
    ...to,
    msgtype: z.literal('markdown'),
    markdown: z.strictObject({ content: bytes(20480) }),
  }),
  AsCard.extend(to),
])
export const Welcome = z.discriminatedUnion('msgtype', [
  z.strictObject({ msgtype: z.literal('text'), text: z.strictObject({ content: z.string().min(1) }) }),
  AsCard,
])
export const Update = z.strictObject({
  response_type: z.literal('update_template_card'),
  userids: z.array(z.string()).min(1).optional(),
  template_card: TemplateCard,
})

export const Command = z.strictObject({
  cmd: z.string(),
  headers: z.strictObject({ req_id: z.string().min(1) }),
  body: z.unknown().optional(),
})
