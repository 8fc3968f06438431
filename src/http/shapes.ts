import { z } from '@hono/zod-openapi'
import { CODE_SHAPE } from '../access/codes.ts'
import { wrongPersonId } from '../shared/person-ids.ts'
import { MAX_PHRASE } from '../shared/phrase.ts'
import { PROBLEMS, type ProblemCode } from '../shared/refusal.ts'
import { MOST_SHARES } from '../shared/shares.ts'
import { cleanText, isVisible } from '../shared/text.ts'

/** Text that Postgres can store: without NUL and without half surrogate pairs. */
export const plainText = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'must be plain text' })

/** What people write, in one line, without invisible and misleading characters; nothing visible becomes `undefined`. */
export const label = (most: number) =>
  z
    .string()
    .trim()
    .refine((text) => [...text].length <= most, {
      error: `must have ${most} characters at most`,
      abort: true,
    })
    .transform((text) => cleanText(text))
    .openapi({ maxLength: most })

/** A label as a messenger reports it. One that can't be used is dropped, as no label may stop money. */
const optionalLabel = <T extends z.ZodType>(shape: T, most: number, example: string) =>
  shape
    .optional()
    .catch(undefined)
    .openapi({
      type: shape.safeParse(null).success ? ['string', 'null'] : 'string',
      maxLength: most,
      description: 'A label. One that cannot be used is dropped, and stays as it was.',
      example,
    })

/**
 * Values for the examples of the documentation: people of the playground, who have nothing but play money. They have no labels, so that
 * trying a call out renames nobody.
 */
export const EXAMPLE = {
  somebody: { messenger: 'playground', id: 'ada' },
  another: { messenger: 'playground', id: 'ben' },
  group: { messenger: 'playground', id: 'lunch-club' },
  requestId: '0b6f1c1e-93a5-4b0e-8d7a-5e2f4c9a1b38',
  transfer: '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21',
  code: 'AZqxkMvHc0QmT7sVq2XyB4hNfLwRe3',
}

/** The name of a messenger. */
export const Messenger = z
  .string()
  .regex(/^[a-z]{2,20}$/)
  .openapi({ example: EXAMPLE.somebody.messenger })
/** That of a bot which acts in it. The example is none that there is, as trying it out would take deliveries from a bot, or end it. */
export const BotsMessenger = Messenger.openapi({ example: 'example' })
/** An id as a messenger makes it: `@ada:example.org`, `room@conference.example.org/ada`. */
const external = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(isVisible, { error: 'must be text without blanks and without anything hidden' })
/** A messenger's own id of somebody, or of a chat. */
export const ExternalId = external(255)
  // As a segment of a path, dots would mean a folder, even when escaped; angle brackets are markup, and in no messenger's ids.
  .refine((id) => !/^\.{1,2}$|[<>]/.test(id), { error: 'must be more than dots, and without < and >' })
  .openapi({ description: "The messenger's own id", example: EXAMPLE.somebody.id })
const ChatId = ExternalId.openapi({ example: EXAMPLE.group.id })
/** A group in an address: by the id of a chat. */
export const GroupAddress = z.object({ messenger: Messenger, id: ChatId })
const Handle = z
  .string()
  .regex(/^@?[^\s@:]{1,64}$/)
  .refine((handle) => !/\p{C}/u.test(handle), { error: 'must be plain text' })
  .transform((handle) => handle.replace(/^@/, ''))
  .openapi({ maxLength: 65, example: 'ada' })

/** A language tag, normalised to BCP 47: `en_US` becomes `en-US`. */
const Language = z
  .string()
  .regex(/^[A-Za-z0-9_-]{2,35}$/)
  .transform((tag, context) => {
    try {
      return new Intl.Locale(tag.replaceAll('_', '-')).toString()
    } catch {
      context.addIssue('must be a language as BCP 47 names it')
      return z.NEVER
    }
  })
  .openapi({ description: 'BCP 47', example: 'zh-Hans' })

const labels = {
  handle: optionalLabel(Handle.nullable(), 65, 'ada'),
  name: optionalLabel(label(128).nullable(), 128, 'Ada Lovelace'),
  language: optionalLabel(Language, 35, 'zh-Hans'),
}
/** What can change of somebody: handle, name, language. */
export const Labels = z.strictObject(labels).openapi('Labels', { example: {} })

/** Refuses ids that can't be a person's, as an account for such an id would hold money that nobody can reach. */
const isSomebodys = ({ messenger, id }: { messenger: string; id: string }, context: z.RefinementCtx) => {
  const problem = wrongPersonId(messenger, id)
  if (problem) context.addIssue({ code: 'custom', path: ['id'], message: problem })
}
const address = { messenger: Messenger, id: ExternalId }
/** Somebody by their id. */
export const PersonAddress = z.object(address).superRefine(isSomebodys)
/** Somebody by their id, with the labels that are known of them. */
export const Person = z
  .strictObject({ ...address, ...labels })
  .superRefine(isSomebodys)
  .openapi('Person', { example: EXAMPLE.somebody })

/** Somebody by their handle, whose id is not known. */
export const HandleOnly = z.strictObject({ messenger: Messenger, handle: Handle }).openapi('Handle', {
  description: 'Somebody not met yet: bound to the first holder of the handle who collects',
})

/** The title of a chat. */
export const ChatTitle = optionalLabel(label(255), 255, 'Lunch club')

/** A group by the id of a chat, with its title. */
export const Group = z
  .strictObject({ messenger: Messenger, id: ChatId, title: ChatTitle })
  .openapi({ example: EXAMPLE.group })

/** What a transfer is for. */
export const Note = label(200).openapi({ example: 'lunch' })
/** What a program calls something, such as the number of an order. */
export const Reference = label(100).openapi({ example: 'order-4711' })
/** The most characters of an idempotency key. */
export const MAX_KEY = 200
/** An idempotency key. */
export const Key = z
  .string()
  .regex(new RegExp(`^[\\x21-\\x7e]{1,${MAX_KEY}}$`))
  .openapi({
    minLength: 1,
    maxLength: MAX_KEY,
    description:
      'A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one',
    example: 'order-4711',
  })
/** An amount as people type it: `parseAmount` reads it. */
export const AmountTyped = plainText
  .min(1)
  .max(80)
  .openapi({ description: 'A decimal string, or as people type it', example: '20.00' })
/** The code of an asset, in a request. */
export const AssetCode = plainText.min(1).max(20).openapi({ example: 'CREDIT' })
/** The id of a transfer. */
export const TransferId = z.uuid().openapi({ example: EXAMPLE.transfer })
/** Words that open a transfer: a bearer secret. */
export const Phrase = plainText.min(1).max(MAX_PHRASE).openapi({
  description: 'Blanks, capitals and punctuation do not count',
  example: 'amber fox lamp river',
})
/** The code of a transfer: a bearer secret. */
export const Code = z.string().regex(CODE_SHAPE).openapi({ example: EXAMPLE.code })

/** A time in a request (RFC 3339), limited to the years that both Postgres and JavaScript can represent. */
export const TimeAsked = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(Math.min(Math.max(Date.parse(time), FIRST), LAST)))
const FIRST = Date.parse('0001-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/** A text in an answer. */
export const shown = (example: string) => z.string().openapi({ example })
/** An amount in an answer: a decimal string with all decimals. */
export const Amount = shown('20.00')
/** The code of an asset, in an answer. */
export const AssetName = shown('CREDIT')

const identityShape = <Id extends z.ZodType>(id: Id) =>
  z.object({
    messenger: shown('telegram'),
    id,
    handle: shown('ada').nullable(),
    name: shown('Ada Lovelace').nullable(),
  })
/** Somebody, in an answer. */
export const IdentityShape = identityShape(shown('123456789')).openapi('Identity')
const RecipientShape = identityShape(shown('123456789').nullable())
  .extend({
    quiet: z.boolean().optional().openapi({
      description: 'Whether they want no mention; told where a card is to be posted',
    }),
  })
  .openapi('Recipient', { description: 'An id of null: a handle that was not met yet' })

/** A shape or null. `nullable()` would make a named shape nullable everywhere in the OpenAPI document. */
export const orNull = <T extends z.ZodType>(shape: T, description?: string) =>
  z.union([shape, z.null()]).openapi({ ...(description && { description }) })

/** A time in an answer. */
export const Moment = z.string().openapi({ format: 'date-time' })
/** The state of a transfer. */
export const State = z.enum(['open', 'collected', 'cancelled', 'declined', 'returned'])

/** A claim of a transfer. */
export const ClaimShape = z
  .object({
    by: orNull(IdentityShape, 'null: the issuer, or a treasury'),
    amount: Amount,
    at: Moment,
    refunded: z.boolean().openapi({ description: 'Whether it was given back', example: false }),
    turn: z.int().nullable().openapi({
      description: 'Their number among those who took part, where who is paid was drawn',
      example: null,
    }),
  })
  .openapi('TransferClaim')

/** Many of a group: its members, or those of them who were there before. */
export const TakersKind = z.enum(['members', 'before'])

/** How the money of a transfer is shared out. */
export const DrawKind = z.enum(['equal', 'lucky'])
/** Who is paid of a transfer at its end. */
export const SettlementKind = z.enum(['draw', 'split'])
/** 32 bytes in an answer. */
const Digest = shown('ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5')
/** How many may collect a transfer. */
export const Shares = z.int().min(1).max(MOST_SHARES).openapi({ example: 10 })

const ChatShape = z.object({
  messenger: shown('telegram'),
  id: shown('-1001234567890'),
  title: shown('Lunch club').nullable(),
})

const ApprovalsShape = z.object({
  needed: z.int().openapi({ description: 'How many admins have to approve it', example: 2 }),
  by: z.array(IdentityShape).openapi({ description: 'Those who have' }),
})

/** A transfer without code and link, for lists. */
export const ItemShape = z
  .object({
    id: shown(EXAMPLE.transfer),
    state: State,
    asset: AssetName,
    amount: Amount,
    from: orNull(IdentityShape, 'null: the issuer, or a treasury'),
    to: orNull(RecipientShape, 'null: whoever has the code, or a treasury'),
    note: shown('lunch').nullable(),
    group: ChatShape.nullable(),
    createdAt: Moment,
    expiresAt: Moment,
    closedAt: Moment.nullable(),
    collectedBy: orNull(IdentityShape, 'Of a transfer of one share'),
    shares: z.int().openapi({ description: 'How many may collect it, each once', example: 1 }),
    claimed: z.int().openapi({ description: 'How many have', example: 0 }),
    membersOnly: z
      .boolean()
      .openapi({ description: 'Whether only members of its group may collect it', example: false }),
    takers: z
      .object({
        of: z.enum([...TakersKind.options, 'list']),
        list: z.string().optional().openapi({ description: 'Of list: its name, as it was', example: 'Crew' }),
      })
      .nullable()
      .openapi({
        description: 'For whom in its group it is; null: for the one named, or whoever has the code',
      }),
    phrase: z.enum(['anywhere', 'here']).nullable().openapi({
      description: 'Where words open it, in place of its code: anywhere, or in its group alone',
      example: null,
    }),
    confirms: z.boolean().openapi({
      description: 'Whether its sender confirms each who wants to collect it',
      example: false,
    }),
    draw: DrawKind.openapi({ description: 'Whether its shares are equal, or drawn by lot' }),
    seedHash: Digest.nullable().openapi({
      description:
        'Where something is drawn, the shares or who is paid: the SHA-256 of the seed (32 bytes), which is told once the transfer is closed. The claim page says how the draw follows from it',
    }),
    seed: Digest.nullable().openapi({ description: 'Told once it is closed' }),
    collected: Amount.openapi({ description: 'What its claims come to', example: '0.00' }),
    returned: Amount.openapi({ description: 'What has gone back to where it came from', example: '0.00' }),
    luckiest: orNull(ClaimShape, 'The largest claim of drawn shares, once it is closed'),
    reissues: z
      .int()
      .openapi({ description: 'How often it got another code: those of before are dead', example: 0 }),
    claims: z.array(ClaimShape).openapi({
      description:
        'Who has collected: the newest first, the newest 100 at most. In the answer to a claim that claim alone',
    }),
    treasury: z
      .object({ end: z.enum(['from', 'to']), group: ChatShape.nullable() })
      .nullable()
      .openapi({ description: "Which end of it is a group's treasury" }),
    madeBy: orNull(IdentityShape, 'The admin who paid it out of a treasury'),
    payout: shown(EXAMPLE.transfer).nullable().openapi({ description: 'The payout that it is a part of' }),
    refundOf: shown(EXAMPLE.transfer).nullable().openapi({
      description: 'The transfer of which it gives back what its sender had collected',
    }),
    ask: shown(EXAMPLE.transfer).nullable().openapi({ description: 'What somebody asked for, that it pays' }),
    approvals: ApprovalsShape.nullable().openapi({
      description: 'What it waits for: until then nobody can collect it',
    }),
    settlement: z
      .object({
        by: SettlementKind,
        entered: z.int().openapi({ description: 'How many take part', example: 5 }),
      })
      .nullable()
      .openapi({ description: 'Set where nobody is paid before its end', example: null }),
  })
  .openapi('TransferItem')

/** Somebody who wants to collect a transfer whose sender confirms that. */
export const AskerShape = z
  .object({
    transfer: shown(EXAMPLE.transfer),
    turn: z.int().openapi({ description: 'In which turn they have asked: it names them', example: 1 }),
    by: IdentityShape,
    askedAt: Moment,
    answer: z
      .enum(['yes', 'no'])
      .nullable()
      .openapi({ description: 'What the sender has said; null: nothing yet', example: null }),
    answeredAt: Moment.nullable(),
  })
  .openapi('Asker')

/** A transfer with its code and link. */
export const TransferShape = ItemShape.extend({
  code: shown(EXAMPLE.code),
  link: z.string().openapi({ format: 'uri', example: `https://pass.example.org/c/${EXAMPLE.code}` }),
}).openapi('Transfer')

/** What has become of an item of a payout. */
export const ItemState = z.enum(['planned', 'refused', ...State.options])

/** A payout out of a treasury. */
export const PayoutShape = z
  .object({
    id: shown(EXAMPLE.transfer),
    group: ChatShape.nullable().openapi({ description: 'Whose treasury pays' }),
    asset: AssetName,
    total: Amount,
    note: shown('lunch').nullable(),
    madeBy: orNull(IdentityShape, 'The admin who asked for it'),
    createdAt: Moment,
    madeAt: Moment.nullable().openapi({ description: 'null: its people are still being paid' }),
    expiresAt: Moment.nullable().openapi({ description: 'When what nobody has collected goes back' }),
    people: z.int().openapi({ description: 'How many get something', example: 12 }),
    counts: z.record(ItemState, z.int()).openapi({ description: 'How many of its items are in each state' }),
    approvals: ApprovalsShape.nullable().openapi({ description: 'null: it needs none' }),
  })
  .openapi('Payout')

/** What one person gets in a payout. */
export const PayoutItemShape = z
  .object({
    row: z.int().openapi({ description: 'Counted from 1', example: 1 }),
    to: orNull(RecipientShape),
    amount: Amount,
    note: shown('lunch').nullable(),
    state: ItemState,
    refusal: shown('on_hold').nullable().openapi({ description: 'Why it was refused' }),
    transfer: shown(EXAMPLE.transfer).openapi({ description: 'The id of its transfer, once it is paid' }),
  })
  .openapi('PayoutItem')

/** What somebody asks others for. */
export const AskShape = z
  .object({
    id: shown(EXAMPLE.transfer),
    kind: z.enum(['request', 'pool']),
    state: z.enum(['open', 'paid', 'ended', 'expired']).openapi({
      description:
        'open: something of it can still be paid. It stays paid where it is given back: that stands in `refunded` of its parts',
    }),
    asset: AssetName,
    total: Amount.openapi({ description: 'The sum of its parts; of a pool its goal' }),
    paid: Amount.openapi({
      description:
        'What was paid of it, also where that was given back since; of a pool what was given, and has not gone back',
    }),
    own: Amount.nullable().openapi({
      description: 'The part of who asked, where it was counted when a sum was shared out: nobody pays that',
    }),
    note: shown('lunch').nullable(),
    reference: shown('order-4711').nullable().openapi({
      description: 'What who asked calls it. Two asks may have the same one',
    }),
    returnUrl: z.string().nullable().openapi({
      format: 'uri',
      description: 'Where its page leads whoever has paid',
      example: 'https://shop.example.org/thanks',
    }),
    page: z
      .string()
      .nullable()
      .openapi({
        format: 'uri',
        description:
          'The page where whoever has its address can pay; null: it is for those named, of a group, or a pool',
        example: `https://pass.example.org/p/${EXAMPLE.transfer}`,
      }),
    by: orNull(IdentityShape, 'Who asked'),
    group: ChatShape.nullable(),
    createdAt: Moment,
    expiresAt: Moment.openapi({ description: 'From then on nobody can pay' }),
    endedAt: Moment.nullable().openapi({ description: 'When who asked has ended it' }),
    parts: z.array(
      z.object({
        from: orNull(RecipientShape, 'Who is asked, or has given for a pool; null: whoever pays first'),
        amount: Amount,
        paidBy: orNull(IdentityShape),
        paidAt: Moment.nullable(),
        refunded: z.boolean().openapi({ description: 'Whether who asked has given it back', example: false }),
        transfer: shown(EXAMPLE.transfer).openapi({
          description:
            'The id of the transfer that pays it. It stands here from the beginning, and there is no such transfer before `paidAt` says when it was paid. `POST /v1/transfers/{id}/refund` gives it back',
        }),
      }),
    ),
    offers: z
      .array(Amount)
      .openapi({ description: 'Amounts to offer for a pool that is open: the last one is what is missing' }),
  })
  .openapi('Ask')

/** Codes by which an ask is paid in other systems. */
export const CodesShape = z
  .object({
    emvco: z.string().nullable().openapi({
      description: 'The payload of a merchant-presented QR code (EMVCo); null: there is none',
      example:
        '00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115303156540523.725802CN5914BEST TRANSPORT6007BEIJING62140510order-471163049895',
    }),
    epc: z.string().nullable().openapi({
      description: 'That of a QR code for a transfer in euros (EPC069-12); null: there is none',
      example: 'BCD\n002\n1\nSCT\n\nShop Ltd\nDE89370400440532013000\nEUR12.50\n\n\norder-4711',
    }),
  })
  .openapi('AskCodes')

/** The messenger's own id of a chat or a message; the limit is what fits into an index. */
export const Place = external(500)
  .refine((text) => Buffer.byteLength(text) <= 1000, { error: 'must have 1000 bytes at most' })
  .openapi({ example: '4711' })

const Picture = z.boolean().openapi({
  description: 'Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code',
  example: false,
})

/** Where a card is to be posted. */
export const TargetShape = z
  .object({
    messenger: Messenger,
    chat: Place,
    details: plainText.max(2000).optional().openapi({
      description: 'What else the messenger needs to post there, in its own form',
      example: '{}',
    }),
    language: Language,
    picture: Picture.optional(),
  })
  .openapi('Target')

/** Where something is shown: one message in one chat. */
export const PlacedCardShape = z.object({
  id: z.string().openapi({ format: 'uuid' }),
  messenger: Messenger,
  chat: Place,
  message: Place,
  language: Language,
})

/** Where a transfer is shown. */
export const CardShape = PlacedCardShape.extend({
  drawn: State.openapi({ description: 'The state that the card shows' }),
  picture: Picture.default(false),
}).openapi('Card')

/** A problem document (RFC 9457). */
export const ProblemShape = z
  .object({
    type: z.string().openapi({ format: 'uri', example: 'urn:passalong:insufficient_funds' }),
    title: shown('insufficient funds'),
    status: z.int().openapi({ example: PROBLEMS.insufficient_funds[0] }),
    detail: shown('Not enough: 20.00 CREDIT asked, 5.00 CREDIT there.'),
    code: z
      .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
      .openapi({ example: 'insufficient_funds' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .openapi({
        description: 'What the sentence is made of',
        example: { amount: '20.00', asset: 'CREDIT', balance: '5.00' },
      }),
    faults: z
      .array(
        z.object({
          row: z.int().nullable(),
          code: shown('unknown_person'),
          detail: shown('Nobody whom we have met goes by "@bne".'),
        }),
      )
      .optional()
      .openapi({
        description: 'With payout_faulty: each fault; rows count from 1, null is the payout as a whole',
      }),
    retryAfter: z
      .int()
      .optional()
      .openapi({ description: 'With 429 and 503: ask again in so many seconds', example: 1 }),
    requestId: shown(EXAMPLE.requestId),
  })
  .openapi('Problem')
