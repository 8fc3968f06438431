// What DingTalk takes, by the names of its own models: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards and the
// pages next to it. What they don't name is refused here.
import { z } from 'zod'

export const AccessToken = z.strictObject({ appKey: z.string().min(1), appSecret: z.string().min(1) })

export const OpenConnection = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  subscriptions: z
    .array(z.strictObject({ type: z.enum(['EVENT', 'CALLBACK']), topic: z.string().min(1) }))
    .min(1),
  ua: z.string().optional(),
  localIp: z.string().optional(),
})

const json = <T extends z.ZodType>(shape: T) =>
  z
    .string()
    .transform((text, issues) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        issues.addIssue({ code: 'custom', message: 'is no JSON' })
        return z.NEVER
      }
    })
    .pipe(shape)

/** The variable of a button group: what its events may be, and what they hold. */
export const ButtonGroup = json(
  z.array(
    z.strictObject({
      text: z.string().min(1),
      color: z.enum(['blue', 'gray', 'red', 'green', 'orange', 'black']),
      status: z.enum(['normal', 'disabled']),
      event: z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('openLink'), params: z.strictObject({ url: z.url() }) }),
        z.strictObject({
          type: z.literal('sendCardRequest'),
          params: z.strictObject({ actionId: z.string().min(1), params: z.record(z.string(), z.unknown()) }),
        }),
      ]),
    }),
  ),
)
export type ShownButton = z.output<typeof ButtonGroup>[number]

/** Values of other types than strings are refused by the real one, too. */
const Variables = z.strictObject({ cardParamMap: z.record(z.string(), z.string()) })
const UpdateOptions = z.strictObject({
  updateCardDataByKey: z.boolean().optional(),
  updatePrivateDataByKey: z.boolean().optional(),
})
const UserIdType = z.union([z.literal(1), z.literal(2)])
const Space = z.strictObject({
  supportForward: z.boolean().optional(),
  lastMessageI18n: z.record(z.enum(['ZH_CN', 'EN_US']), z.string().min(1)).optional(),
})

export const CreateAndDeliver = z.strictObject({
  cardTemplateId: z.string().min(1),
  outTrackId: z.string().min(1).max(128),
  callbackType: z.literal('STREAM'),
  userIdType: UserIdType,
  cardData: Variables,
  openSpaceId: z.string().regex(/^dtv1\.card\/\/IM_(GROUP|ROBOT)\..+$/),
  imGroupOpenSpaceModel: Space.optional(),
  imRobotOpenSpaceModel: Space.optional(),
  imGroupOpenDeliverModel: z
    .strictObject({ robotCode: z.string(), atUserIds: z.record(z.string(), z.string()).optional() })
    .optional(),
  imRobotOpenDeliverModel: z
    .strictObject({ robotCode: z.string().optional(), spaceType: z.literal('IM_ROBOT') })
    .optional(),
})

export const UpdateCard = z.strictObject({
  outTrackId: z.string().min(1),
  userIdType: UserIdType,
  cardData: Variables.optional(),
  privateData: z.record(z.string(), Variables).optional(),
  cardUpdateOptions: UpdateOptions.optional(),
})

/** https://open.dingtalk.com/document/orgapp/event-callback-card */
export const TapAnswer = json(
  z.strictObject({
    response: z
      .strictObject({
        cardUpdateOptions: UpdateOptions.optional(),
        cardData: Variables.optional(),
        userPrivateData: Variables.optional(),
      })
      .nullable(),
  }),
)

const Text = z.strictObject({ content: z.string().min(1) })
const message = {
  robotCode: z.string(),
  msgKey: z.literal('sampleText'),
  msgParam: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= 15_000, 'is longer than 15,000 bytes')
    .pipe(json(Text)),
}
export const GroupMessage = z.strictObject({ ...message, openConversationId: z.string().min(1) })
export const PrivateMessages = z.strictObject({ ...message, userIds: z.array(z.string()).min(1).max(20) })

export const SessionMessage = z.strictObject({ msgtype: z.literal('text'), text: Text })

export const UserQuery = z.strictObject({ userid: z.string().min(1), language: z.enum(['zh_CN', 'en_US']) })

/** An answer to a frame of the Stream. */
export const Ack = z.strictObject({
  code: z.union([z.literal(200), z.literal(400), z.literal(404), z.literal(500)]),
  // The official client sends all headers of a ping back.
  headers: z.looseObject({ contentType: z.literal('application/json'), messageId: z.string() }),
  message: z.string(),
  data: z.string(),
})
