// What Feishu takes, by the pages of its documentation that are named here. What they don't name is refused.
import { z } from 'zod'

const Plain = z.strictObject({ tag: z.literal('plain_text'), content: z.string().min(1) })
const Marked = z.strictObject({ tag: z.literal('lark_md'), content: z.string().min(1) })

const CardButton = z
  .strictObject({
    tag: z.literal('button'),
    text: Plain,
    type: z.enum(['default', 'primary', 'danger']),
    url: z.url({ hostname: /\./ }).optional(),
    value: z.record(z.string(), z.string()).optional(),
  })
  .refine(
    ({ url, value }) => (url === undefined) !== (value === undefined),
    'leads nowhere, or to two things',
  )
export type CardButton = z.output<typeof CardButton>

/** https://open.feishu.cn/document/feishu-cards/card-json-structure */
export const CardJson = z.strictObject({
  // Without it, or with another value, no card can be changed.
  config: z.strictObject({ update_multi: z.literal(true) }),
  header: z
    .strictObject({
      title: Plain,
      template: z.enum(['blue', 'green', 'grey', 'red', 'orange', 'turquoise', 'wathet', 'purple']),
    })
    .optional(),
  elements: z
    .array(
      z.discriminatedUnion('tag', [
        z.strictObject({ tag: z.literal('div'), text: z.union([Plain, Marked]) }),
        z.strictObject({ tag: z.literal('img'), img_key: z.string().min(1), alt: Plain }),
        z.strictObject({ tag: z.literal('action'), actions: z.array(CardButton).min(1) }),
      ]),
    )
    .min(1),
})
export type CardJson = z.output<typeof CardJson>

/** https://open.feishu.cn/document/server-docs/im-v1/message-content-description/create_json */
export const PostJson = z.strictObject({
  zh_cn: z.strictObject({
    title: z.string().optional(),
    content: z.array(z.array(z.strictObject({ tag: z.literal('text'), text: z.string() }))).min(1),
  }),
})
export type PostJson = z.output<typeof PostJson>

const message = {
  msg_type: z.enum(['interactive', 'post']),
  content: z.string(),
  uuid: z.string().max(50).optional(),
}
export const CreateMessage = z.strictObject({ receive_id: z.string().min(1), ...message })
export const ReplyMessage = z.strictObject({ reply_in_thread: z.boolean().optional(), ...message })
export const PatchMessage = z.strictObject({ content: z.string() })

/** What a tap may be answered with: https://open.feishu.cn/document/feishu-cards/card-callback-communication */
export const TapAnswer = z.strictObject({
  toast: z
    .strictObject({ type: z.enum(['info', 'success', 'error', 'warning']), content: z.string().min(1) })
    .optional(),
  card: z.strictObject({ type: z.literal('raw'), data: CardJson }).optional(),
})
