// What QQ takes, by the pages of its documentation that are named here. What they don't name is refused.
import { z } from 'zod'

/** https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/api-use.html */
export const TokenRequest = z.strictObject({ appId: z.string(), clientSecret: z.string() })

/** https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html */
export const MessageRequest = z
  .strictObject({
    msg_type: z.literal([0, 7]),
    // Where a picture is sent it has to be there, too.
    content: z.string().min(1),
    media: z.strictObject({ file_info: z.string().min(1) }).optional(),
    msg_id: z.string().optional(),
    event_id: z.string().optional(),
    msg_seq: z.int().min(1).default(1),
  })
  .refine(({ msg_type, media }) => (msg_type === 7) === (media !== undefined))

/** https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/rich-media.html */
export const FileRequest = z.strictObject({
  file_type: z.literal(1),
  url: z.url({ protocol: /^https$/ }),
  srv_send_msg: z.literal(false),
})

/** What a request to the webhook is answered: https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html */
export const Ack = z.strictObject({ op: z.literal(12), d: z.literal([0, 1]) })
