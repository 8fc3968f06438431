import { z } from '@hono/zod-openapi'

/** Line breaks, controls, and marks that turn the direction of text or show nothing: they make one thing look like another. */
const MISLEADING =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028\u2029\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

const label = (most: number) =>
  z
    .string()
    .trim()
    .refine((text) => [...text].length <= most, { error: `must have ${most} characters at most` })
    .refine((text) => !MISLEADING.test(text), { error: 'must be plain text in one line' })
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'must show something' })
    .transform((text) => text || undefined)

export const Messenger = z
  .string()
  .regex(/^[a-z]{2,20}$/)
  .openapi({ example: 'telegram' })
export const ExternalId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .openapi({ description: "The messenger's own id", example: '123456789' })
const Handle = z
  .string()
  .regex(/^@?[^\s@:]{1,64}$/)
  .refine((handle) => !/\p{C}/u.test(handle), { error: 'must be plain text' })
  .transform((handle) => handle.replace(/^@/, ''))
  .openapi({ example: 'ada' })
const Language = z
  .string()
  .regex(/^[A-Za-z0-9-]{2,35}$/)
  .openapi({ description: 'BCP 47', example: 'zh-Hans' })

export const Person = z
  .strictObject({
    messenger: Messenger,
    id: ExternalId,
    handle: Handle.nullish(),
    name: label(128).nullish(),
    language: Language.optional(),
  })
  .openapi('Person')

export const HandleOnly = z.strictObject({ messenger: Messenger, handle: Handle }).openapi('Handle', {
  description: 'Somebody not met yet: bound to the first holder of the handle who collects',
})

export const Note = label(200)
export const Title = label(255)
export const Key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .openapi({
    description: 'A retry with the same key and content gets the first answer',
    example: 'order-4711',
  })
export const AmountTyped = z
  .string()
  .min(1)
  .max(80)
  .openapi({ description: 'A decimal string, or as people type it', example: '20.00' })
export const AssetCode = z.string().min(1).max(20).openapi({ example: 'CREDIT' })
export const TransferId = z.uuid()
export const Code = z.string().regex(/^[\w-]{22,64}$/)

const identityShape = <Id extends z.ZodType>(id: Id) =>
  z.object({ messenger: z.string(), id, handle: z.string().nullable(), name: z.string().nullable() })
const IdentityShape = identityShape(z.string()).openapi('Identity')
const RecipientShape = identityShape(z.string().nullable())
  .extend({
    quiet: z.boolean().optional().openapi({
      description: 'Whether they want no mention; told where a card is to be posted',
    }),
  })
  .openapi('Recipient', { description: 'An id of null: a handle that was not met yet' })

/** `nullable()` would make the named shape itself nullable wherever the document points at it. */
const orNull = <T extends z.ZodType>(shape: T, description?: string) =>
  z.union([shape, z.null()]).openapi({ ...(description && { description }) })

const Moment = z.string().openapi({ format: 'date-time' })
export const State = z.enum(['open', 'collected', 'cancelled', 'declined', 'returned'])
const Decimal = z.string().openapi({ example: '20.00' })

/** A transfer without its secrets, for lists. */
export const ItemShape = z
  .object({
    id: z.string(),
    state: State,
    asset: z.string(),
    amount: Decimal,
    from: orNull(IdentityShape, 'null: the issuer'),
    to: orNull(RecipientShape, 'null: whoever has the code'),
    note: z.string().nullable(),
    group: z.object({ messenger: z.string(), id: z.string(), title: z.string().nullable() }).nullable(),
    createdAt: Moment,
    expiresAt: Moment,
    closedAt: Moment.nullable(),
    collectedBy: orNull(IdentityShape),
  })
  .openapi('TransferItem')

export const TransferShape = ItemShape.extend({ code: z.string(), link: z.string() }).openapi('Transfer')

/** As the messenger names a chat or a message; what is longer than an index holds is no name. */
export const Place = z.string().regex(/^[\x21-\x7e]{1,500}$/)

/** Where a card is to be posted: what else the messenger needs to know stands in `details`, in its own form. */
export const TargetShape = z
  .object({
    messenger: Messenger,
    chat: Place,
    details: z
      .string()
      .max(2000)
      .optional()
      .openapi({ description: 'What else the messenger needs to post there, in its own form' }),
    language: Language,
  })
  .openapi('Target')

export const CardShape = z
  .object({
    id: z.string(),
    messenger: Messenger,
    chat: Place,
    message: Place,
    language: Language,
    drawn: State.openapi({ description: 'The state that the card shows' }),
  })
  .openapi('Card')

export const ProblemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    requestId: z.string(),
  })
  .openapi('Problem')
