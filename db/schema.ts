import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'

/** Money in minor units of its asset, a `bigint` in the code. */
const minorUnits = (name: string) => numeric(name, { precision: 38, scale: 0, mode: 'bigint' })
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const hex = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (digits) => Buffer.from(digits, 'hex'),
  fromDriver: (stored) => stored.toString('hex'),
})

export const transferState = pgEnum('transfer_state', [
  'open',
  'collected',
  'cancelled',
  'declined',
  'returned',
])
export const entryKind = pgEnum('entry_kind', ['fund', 'collect', 'return'])
export const accountKind = pgEnum('account_kind', ['person', 'issuer', 'group'])
export const recipientKind = pgEnum('recipient_kind', ['anyone', 'account', 'handle'])
export const outboxEvent = pgEnum('outbox_event', ['created', 'claimed', 'cancelled', 'declined', 'returned'])

export const assets = pgTable('assets', {
  code: text('code').primaryKey(),
  scale: smallint('scale').notNull(),
})

export const people = pgTable('people', {
  id: uuid('id').primaryKey(),
  /** Wants no word in private that something waits for them, and no mention on its card. */
  quiet: boolean('quiet').notNull().default(false),
  createdAt: moment('created_at').notNull().defaultNow(),
})

/** The first word of a name, in small letters. */
export const firstNameOf = (name: AnyPgColumn) => sql`lower(split_part(${name}, ' ', 1))`

/** Who somebody is in one messenger; a person may have several. The id is the messenger's own; handle and name are labels that can change hands. */
export const identities = pgTable(
  'identities',
  {
    messenger: text('messenger').notNull(),
    id: text('id').notNull(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    handle: text('handle'),
    name: text('name'),
    /** The language that the messenger says is theirs, as BCP 47. */
    language: text('language'),
    /** When they last acted or were named there, to the hour: it decides which of a person's identities is named and told. */
    seenAt: moment('seen_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.messenger, t.id] }),
    index('identities_person').on(t.personId),
    index('identities_handle').on(t.messenger, sql`lower(${t.handle})`),
    index('identities_first_name').on(t.messenger, firstNameOf(t.name)),
  ],
)

/** A community with books of its own, which meets in chats. */
export const groups = pgTable(
  'groups',
  {
    id: uuid('id').primaryKey(),
    /** The group that it became part of, which is part of no other. Its transfers keep its id and are in the books of both. */
    mergedInto: uuid('merged_into').references((): AnyPgColumn => groups.id),
  },
  (t) => [
    index('groups_merged_into').on(t.mergedInto),
    check('groups_merged_into_another', sql`${t.mergedInto} <> ${t.id}`),
  ],
)

/** Where a group meets in one messenger. The id is the messenger's own, and changes where the messenger gives it another. */
export const chats = pgTable(
  'chats',
  {
    messenger: text('messenger').notNull(),
    id: text('id').notNull(),
    /** A group that is part of no other. */
    groupId: uuid('group_id')
      .notNull()
      .references(() => groups.id),
    title: text('title'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messenger, t.id] }), index('chats_group').on(t.groupId)],
)

/** A balance is the sum of the account's entries: a trigger on `entries` keeps it, and nothing else may write it. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    kind: accountKind('kind').notNull(),
    /** Whose it is, in the column of its kind; the issuer's has no owner besides. */
    personId: uuid('person_id').references(() => people.id),
    groupId: uuid('group_id').references(() => groups.id),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    balance: minorUnits('balance').notNull().default(sql`0`),
  },
  (t) => [
    unique('accounts_owner').on(t.asset, t.kind, t.personId, t.groupId).nullsNotDistinct(),
    index('accounts_person').on(t.personId),
    check(
      'accounts_one_owner',
      sql`(${t.kind}::text = 'person') = (${t.personId} is not null) and (${t.kind}::text = 'group') = (${t.groupId} is not null)`,
    ),
    check('accounts_only_issuer_below_zero', sql`${t.balance} >= 0 or ${t.kind} = 'issuer'`),
  ],
)

/**
 * A transfer is inserted open and full, in one statement with the entry that funds it; `remaining`, `claimed`, `state` and
 * `closed_at` then follow the entries by the same trigger. Half of each page is left free, so that an update stays on its
 * page and touches no index.
 */
export const transfers = pgTable(
  'transfers',
  {
    id: uuid('id').primaryKey(),
    asset: text('asset').notNull(),
    amount: minorUnits('amount').notNull(),
    remaining: minorUnits('remaining').notNull(),
    state: transferState('state').notNull().default('open'),
    fromAccount: uuid('from_account').notNull(),
    /** Whom it is for: whoever has the code, the owner of an account, or a handle not met yet (`telegram:ada`). */
    recipient: recipientKind('recipient').notNull().default('anyone'),
    toAccount: uuid('to_account'),
    toHandle: text('to_handle'),
    /** How many may collect, each once, and how many have. */
    shares: integer('shares').notNull().default(1),
    claimed: integer('claimed').notNull().default(0),
    /** There is such a group: a trigger looks, for a whole statement at once. */
    groupId: uuid('group_id'),
    note: text('note'),
    codeHash: hex('code_hash').notNull().unique(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    closedAt: moment('closed_at'),
  },
  (t) => [
    // Not partial on the state: an index that names the state would make every collect touch every index.
    index('transfers_expiry').on(t.expiresAt),
    index('transfers_group').on(t.groupId, t.id).where(sql`${t.groupId} is not null`),
    check('transfers_amount', sql`${t.amount} > 0`),
    check('transfers_never_pay_more', sql`${t.remaining} between 0 and ${t.amount}`),
    check('transfers_open_hold_money', sql`(${t.state} = 'open') = (${t.remaining} > 0)`),
    check('transfers_each_share_holds_money', sql`${t.shares} between 1 and ${t.amount}`),
    check('transfers_pay_each_share_once', sql`${t.claimed} between 0 and ${t.shares}`),
    // What doesn't divide is a minor unit more for some: what is left can always be paid out so.
    check(
      'transfers_pay_equal_shares',
      sql`${t.state} not in ('open', 'collected') or ${t.remaining} between (${t.shares} - ${t.claimed}) * div(${t.amount}, ${t.shares}) and (${t.shares} - ${t.claimed}) * (div(${t.amount}, ${t.shares}) + 1)`,
    ),
    check('transfers_collected_by_all', sql`(${t.state} = 'collected') = (${t.claimed} = ${t.shares})`),
    check('transfers_closed_at', sql`(${t.state} = 'open') = (${t.closedAt} is null)`),
    check(
      'transfers_recipient',
      sql`(${t.recipient} = 'account') = (${t.toAccount} is not null) and (${t.recipient} = 'handle') = (${t.toHandle} is not null)`,
    ),
    check('transfers_expire_later', sql`${t.expiresAt} > ${t.createdAt}`),
    check('transfers_note', sql`char_length(${t.note}) <= 200`),
  ],
)

/**
 * One movement of money between an account and a transfer: positive into the account. Append-only.
 * `leaves` is the state that the transfer has after it. A trigger (see the migrations) applies a whole statement's
 * entries to accounts and transfers and checks them in the same pass, which row-by-row foreign keys would do at a
 * multiple of the price.
 */
export const entries = pgTable(
  'entries',
  {
    id: bigint('id', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    transferId: uuid('transfer_id').notNull(),
    accountId: uuid('account_id').notNull(),
    kind: entryKind('kind').notNull(),
    amount: minorUnits('amount').notNull(),
    leaves: transferState('leaves').notNull(),
    at: moment('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.transferId, t.accountId, t.kind] }),
    index('entries_account').on(t.accountId, t.id),
    check('entries_sign', sql`case when ${t.kind} = 'fund' then ${t.amount} < 0 else ${t.amount} > 0 end`),
    check(
      'entries_leave',
      sql`case ${t.kind} when 'fund' then ${t.leaves} = 'open' when 'collect' then ${t.leaves} in ('open', 'collected') else ${t.leaves} in ('cancelled', 'declined', 'returned') end`,
    ),
  ],
)

/** What was answered to a keyed request, so that a retry gets the same answer. */
export const requests = pgTable(
  'requests',
  {
    client: text('client').notNull(),
    key: text('key').notNull(),
    fingerprint: hex('fingerprint').notNull(),
    /** `{transfer}` or `{refusal, details}` */
    answer: jsonb('answer').notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.client, t.key] })],
)

/** The hash of each code of 22 characters, as codes were before they began with their transfer's time: their links are still about. */
export const shortCodes = pgTable('short_codes', {
  hash: hex('hash').primaryKey(),
  transferId: uuid('transfer_id')
    .notNull()
    .references(() => transfers.id),
})

/**
 * What happened to transfers and was not handed to the subscribers yet: written in one statement with the entries, taken by
 * the worker. A row is one batch of the ledger, its arrays run side by side: the event, its transfer, and the entry that it
 * rests on, with the account of that entry.
 */
export const outbox = pgTable('outbox', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  events: outboxEvent('events').array().notNull(),
  transfers: uuid('transfers').array().notNull(),
  entries: bigint('entries', { mode: 'bigint' }).array().notNull(),
  accounts: uuid('accounts').array().notNull(),
})

/** Where a transfer is shown: one message in one chat, in the language that it was posted in. */
export const cards = pgTable(
  'cards',
  {
    id: uuid('id').primaryKey(),
    transferId: uuid('transfer_id')
      .notNull()
      .references(() => transfers.id),
    messenger: text('messenger').notNull(),
    chat: text('chat').notNull(),
    message: text('message').notNull(),
    language: text('language').notNull(),
    /** The state that the card shows, as far as we know: a card that shows another one than its transfer's is stale. */
    drawn: transferState('drawn').notNull().default('open'),
  },
  (t) => [
    unique('cards_message').on(t.messenger, t.chat, t.message),
    index('cards_transfer').on(t.transferId),
  ],
)

/**
 * A transfer that somebody has prepared and that holds no money yet: typed into inline mode, or asked back. It is made at
 * most once, in the one message where it hangs.
 */
export const offers = pgTable(
  'offers',
  {
    id: uuid('id').primaryKey(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    /** What the transfer is made of, as it was asked for through the API. */
    content: jsonb('content').notNull(),
    /** Where it hangs, once that is known: `chat` and `message` as the messenger names them. */
    chat: text('chat'),
    message: text('message'),
    transferId: uuid('transfer_id').references(() => transfers.id),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.messenger, t.identity], foreignColumns: [identities.messenger, identities.id] }),
    index('offers_sender').on(t.messenger, t.identity),
    index('offers_expiry').on(t.expiresAt),
  ],
)

/** A messenger that runs in some process, how its links open a code, and when it was last heard of. */
export const messengers = pgTable('messengers', {
  name: text('name').primaryKey(),
  /** What people call it: `Telegram`. */
  title: text('title').notNull(),
  /** Opens the messenger; `{code}` stands for the code, where its links can carry one. */
  link: text('link').notNull(),
  aliveAt: moment('alive_at').notNull(),
})

/**
 * The bot that was the first to act in a messenger. Where the messenger numbers messages for each bot apart, a number that
 * is written down without its bot is this one's.
 */
export const firstBots = pgTable('first_bots', {
  messenger: text('messenger').primaryKey(),
  /** The messenger's own id of it. */
  bot: text('bot').notNull(),
})

/** Bearer tokens of API clients; only their hashes are kept. */
export const tokens = pgTable('tokens', {
  name: text('name').primaryKey(),
  hash: bytes('hash').notNull().unique(),
  createdAt: moment('created_at').notNull().defaultNow(),
})

/** A browser that is signed in as somebody, or a one-time ticket to become so; only hashes are kept. */
export const sessions = pgTable(
  'sessions',
  {
    hash: bytes('hash').primaryKey(),
    kind: text('kind', { enum: ['ticket', 'session'] }).notNull(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.messenger, t.identity], foreignColumns: [identities.messenger, identities.id] }),
    index('sessions_expiry').on(t.expiresAt),
  ],
)

/** One row: all that fell due before `swept_until` is closed, so the sweep looks no further back. */
export const sweeps = pgTable('sweeps', {
  id: integer('id').primaryKey(),
  sweptUntil: moment('swept_until').notNull(),
})

/** One row: what only the key that this database's codes follow from hashes to, and what doesn't lead back to the key. */
export const secretKeys = pgTable('secret_keys', {
  id: integer('id').primaryKey(),
  hash: hex('hash').notNull(),
})
