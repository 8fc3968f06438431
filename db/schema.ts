import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

/** Money in minor units of its asset, a `bigint` in the code. */
const minorUnits = (name: string) => numeric(name, { precision: 38, scale: 0, mode: 'bigint' })
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const searchWords = customType<{ data: string }>({ dataType: () => 'tsvector' })
const daysOfYear = customType<{ data: string }>({ dataType: () => 'bit(366)' })
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
export const recipientKind = pgEnum('recipient_kind', [
  'anyone',
  'account',
  'handle',
  'members',
  'present',
  'listed',
])
export const transferKind = pgEnum('transfer_kind', [
  'transfer',
  'packet',
  'payment',
  'refund',
  'contribution',
  'payout',
])
/** Who is paid of a transfer at its end: see `Settlement` in src/ledger/commands.ts. */
export const settlement = pgEnum('settlement', ['draw', 'split'])
export const holdKind = pgEnum('hold_kind', ['send', 'all'])
export const outboxEvent = pgEnum('outbox_event', [
  'created',
  'claimed',
  'cancelled',
  'declined',
  'returned',
  // Its payout was approved by one more admin.
  'approved',
  // Its time ends later.
  'extended',
  // It has got another code.
  'reissued',
  // Its sender reminds the one whom it is for.
  'reminded',
  // Somebody takes part who may be paid at its end.
  'entered',
])

export const assets = pgTable('assets', {
  code: text('code').primaryKey(),
  scale: smallint('scale').notNull(),
})

export const people = pgTable(
  'people',
  {
    id: uuid('id').primaryKey(),
    /** They want no private message when something waits for them, and no mention on its card. */
    quiet: boolean('quiet').notNull().default(false),
    /** What an operator has stopped them from: `send` sending, `all` collecting as well. A trigger copies it to their accounts. */
    hold: holdKind('hold'),
    /** Whom they have become one with by a link, who itself has become one with nobody. They have no identity from then on. */
    mergedInto: uuid('merged_into').references((): AnyPgColumn => people.id),
    /**
     * Of those who were ever one person by a link, the same id; of all others null. They count as one where one person has something once,
     * and in the books of groups: for good, as a person who is linked and unlinked must not count twice.
     */
    kin: uuid('kin'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('people_kin').on(t.kin).where(sql`${t.kin} is not null`),
    check(
      'people_merged_have_kin',
      sql`${t.mergedInto} is null or (${t.mergedInto} <> ${t.id} and ${t.kin} is not null)`,
    ),
  ],
)

/**
 * What has linked identities to one person, and what has parted them, append-only. A trigger carries it out: the identities, and the
 * accounts, which have to be empty, of `personId` become those of `intoPerson`; or the one identity becomes that of this, who is new.
 */
export const links = pgTable(
  'links',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind', { enum: ['link', 'unlink'] }).notNull(),
    at: moment('at').notNull().defaultNow(),
    personId: uuid('person_id').notNull(),
    intoPerson: uuid('into_person').notNull(),
    /** The identity that came along or has left, and, of a link, the one that it was linked with. */
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    withMessenger: text('with_messenger'),
    withIdentity: text('with_identity'),
  },
  (t) => [
    index('links_person').on(t.personId),
    index('links_into_person').on(t.intoPerson),
    check(
      'links_two',
      sql`(${t.kind} = 'link') = (${t.withMessenger} is not null) and (${t.kind} = 'link') = (${t.withIdentity} is not null)`,
    ),
  ],
)

/**
 * Two identities that are to be linked: one has asked for a code, the other has typed it, and both have to confirm it. Only the hash of
 * the code is stored, until it is typed.
 */
export const linkRequests = pgTable(
  'link_requests',
  {
    id: uuid('id').primaryKey(),
    hash: bytes('hash').unique(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    withMessenger: text('with_messenger'),
    withIdentity: text('with_identity'),
    confirmed: boolean('confirmed').notNull().default(false),
    withConfirmed: boolean('with_confirmed').notNull().default(false),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    check(
      'link_requests_code_once',
      sql`(${t.hash} is null) = (${t.withIdentity} is not null) and (${t.withMessenger} is null) = (${t.withIdentity} is null)`,
    ),
  ],
)

/** The first word of a name, in lower case. */
export const firstNameOf = (name: AnyPgColumn) => sql`lower(split_part(${name}, ' ', 1))`

/**
 * Somebody in one messenger; a person may have several identities. The id is the messenger's own; handle and name are
 * labels that may pass to somebody else.
 */
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
    /** BCP 47, as the messenger reports it. */
    language: text('language'),
    /**
     * When they last acted or were named there, to the hour: it decides which of a person's identities is shown and
     * notified.
     */
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
    /**
     * The group that it was merged into, which itself is merged into none. Its transfers keep their group id, and count in
     * the books of both.
     */
    mergedInto: uuid('merged_into').references((): AnyPgColumn => groups.id),
    /**
     * The group whose chat is what became of this one's chat, as when a messenger gave it another id. With that one it is joined to
     * others, and parts from them.
     */
    movedInto: uuid('moved_into').references((): AnyPgColumn => groups.id),
    /** Its rules, as `groupRules` reads them. Those of a group that is merged into another don't count. */
    rules: jsonb('rules').notNull().default({}),
  },
  (t) => [
    index('groups_merged_into').on(t.mergedInto),
    check('groups_merged_into_another', sql`${t.mergedInto} <> ${t.id}`),
    check(
      'groups_moved_are_merged',
      sql`${t.movedInto} is null or (${t.movedInto} <> ${t.id} and ${t.mergedInto} is not null)`,
    ),
  ],
)

/** A chat in which a group meets. The id is the messenger's own, and the messenger may change it. */
export const chats = pgTable(
  'chats',
  {
    messenger: text('messenger').notNull(),
    id: text('id').notNull(),
    /** Its own, which may be joined to others: `groups.merged_into`. */
    groupId: uuid('group_id')
      .notNull()
      .references(() => groups.id),
    title: text('title'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messenger, t.id] }), index('chats_group').on(t.groupId)],
)

/** A balance is the sum of the account's entries: a trigger on `entries` updates it, and nothing else may. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    kind: accountKind('kind').notNull(),
    /** The owner, in the column of its kind; the issuer's accounts have neither. */
    personId: uuid('person_id').references(() => people.id),
    groupId: uuid('group_id').references(() => groups.id),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    balance: minorUnits('balance').notNull().default(sql`0`),
    /** Its person's. */
    hold: holdKind('hold'),
    /**
     * The account that it came into, when its person became one with another, and the person for whom it was opened. It stays empty: what
     * returns to it returns there. No foreign key, which would be looked at with each balance that changes.
     */
    mergedInto: uuid('merged_into'),
    formerPersonId: uuid('former_person_id'),
    /** Its person's. */
    kin: uuid('kin'),
  },
  (t) => [
    unique('accounts_owner').on(t.asset, t.kind, t.personId, t.groupId, t.formerPersonId).nullsNotDistinct(),
    index('accounts_person').on(t.personId),
    index('accounts_kin').on(t.kin).where(sql`${t.kin} is not null`),
    check(
      'accounts_merged_are_empty',
      sql`(${t.mergedInto} is null) = (${t.formerPersonId} is null) and (${t.mergedInto} is null or (${t.balance} = 0 and ${t.kin} is not null and ${t.mergedInto} <> ${t.id}))`,
    ),
    check(
      'accounts_one_owner',
      sql`(${t.kind}::text = 'person') = (${t.personId} is not null) and (${t.kind}::text = 'group') = (${t.groupId} is not null)`,
    ),
    check('accounts_only_issuer_below_zero', sql`${t.balance} >= 0 or ${t.kind} = 'issuer'`),
  ],
)

/**
 * A transfer is inserted open and full, in one statement with the entry that funds it. `remaining`, `claimed`, `state` and
 * `closed_at` are then updated by the trigger on `entries`. Half of each page is left free (see the migrations), so that an
 * update stays on its page and touches no index.
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
    /** Who may collect: anyone who has the code, the owner of an account, the holder of a handle (`telegram:ada`), its group's members, those of them who were there before it, or those on a list. */
    recipient: recipientKind('recipient').notNull().default('anyone'),
    toAccount: uuid('to_account'),
    toHandle: text('to_handle'),
    /** The name of that list, its people, and handles of whom isn't known (`telegram:ada`), all as they were when it was made. */
    listName: text('list_name'),
    listPeople: uuid('list_people').array(),
    listHandles: text('list_handles').array(),
    /** How many may collect, each once, and how many have. */
    shares: integer('shares').notNull().default(1),
    claimed: integer('claimed').notNull().default(0),
    /** Whether the shares are drawn; otherwise they are equal. */
    lucky: boolean('lucky').notNull().default(false),
    /** Set where people enter it, and nobody is paid before its end. */
    settlement: settlement('settlement'),
    /** Where its shares are drawn, or who is paid: the SHA-256 of the seed, which is in `draws`. */
    seedHash: hex('seed_hash'),
    /** Where words open it in place of its code: their hash (see access/phrases.ts). A trigger sees to it that no two open ones share it. */
    phraseHash: hex('phrase_hash'),
    /** Whether they do so in its group alone. */
    phraseHere: boolean('phrase_here').notNull().default(false),
    /** Whether its sender confirms each who wants to collect it: who has asked, and who was confirmed, stands in `askers`. */
    confirms: boolean('confirms').notNull().default(false),
    /** How often it got another code: the present one follows from this number, too. */
    reissues: integer('reissues').notNull().default(0),
    /** A trigger checks that there is such a group, which costs less than a foreign key. */
    groupId: uuid('group_id'),
    /** The person who acted, where it is a group's money. */
    madeBy: uuid('made_by'),
    /** The payout that it is a part of: it can be collected once that has its approvals. */
    payoutId: uuid('payout_id'),
    /** The transfer that it is a refund of: all that its sender had collected of that, for whoever had sent it. */
    refundOf: uuid('refund_of'),
    /** The ask that it answers: it goes to who asked. */
    askId: uuid('ask_id'),
    /**
     * A limit of its group: what its sender has sent there since `limitSince`, this transfer included, is no more than `limitMost`.
     * A trigger checks it at the commit.
     */
    limitSince: moment('limit_since'),
    limitMost: minorUnits('limit_most'),
    note: text('note'),
    codeHash: hex('code_hash').notNull().unique(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    closedAt: moment('closed_at'),
  },
  (t) => [
    // Not partial on the state: with an index on the state, every collect would have to update all indexes.
    index('transfers_expiry').on(t.expiresAt),
    index('transfers_group').on(t.groupId, t.createdAt, t.id).where(sql`${t.groupId} is not null`),
    index('transfers_group_sender').on(t.groupId, t.fromAccount, t.id).where(sql`${t.groupId} is not null`),
    // What somebody has collected they give back once.
    uniqueIndex('transfers_refund').on(t.refundOf, t.fromAccount).where(sql`${t.refundOf} is not null`),
    index('transfers_payout').on(t.payoutId).where(sql`${t.payoutId} is not null`),
    index('transfers_ask').on(t.askId).where(sql`${t.askId} is not null`),
    index('transfers_phrase').on(t.phraseHash).where(sql`${t.phraseHash} is not null`),
    check('transfers_amount', sql`${t.amount} > 0`),
    check(
      'transfers_open_hold_money',
      sql`case ${t.state} when 'open' then ${t.remaining} > 0 and ${t.remaining} <= ${t.amount} else ${t.remaining} = 0 end`,
    ),
    check('transfers_each_share_holds_money', sql`${t.shares} = 1 or ${t.shares} between 1 and ${t.amount}`),
    // What doesn't divide is a minor unit more for some: what is left can always be paid out so. Drawn shares are checked by the
    // trigger on entries.
    check(
      'transfers_pay_equal_shares',
      sql`${t.shares} = 1 or ${t.lucky} or ${t.settlement} is not distinct from 'split' or ${t.state} not in ('open', 'collected') or ${t.remaining} between (${t.shares} - ${t.claimed}) * div(${t.amount}, ${t.shares}) and (${t.shares} - ${t.claimed}) * (div(${t.amount}, ${t.shares}) + 1)`,
    ),
    check(
      'transfers_pay_each_share_once',
      sql`case ${t.state} when 'collected' then ${t.claimed} = ${t.shares} or (${t.settlement} is not distinct from 'split' and ${t.claimed} between 1 and ${t.shares}) else ${t.claimed} >= 0 and ${t.claimed} < ${t.shares} end`,
    ),
    check('transfers_closed_at', sql`(${t.state} = 'open') = (${t.closedAt} is null)`),
    check(
      'transfers_recipient',
      sql`(${t.recipient} = 'account') = (${t.toAccount} is not null) and (${t.recipient} = 'handle') = (${t.toHandle} is not null) and (${t.recipient}::text not in ('members', 'present', 'listed') or ${t.groupId} is not null) and num_nonnulls(${t.listName}, ${t.listPeople}, ${t.listHandles}) = case ${t.recipient}::text when 'listed' then 3 else 0 end and coalesce(cardinality(${t.listPeople}) + cardinality(${t.listHandles}), 1) > 0`,
    ),
    check(
      'transfers_limit',
      sql`case when ${t.limitMost} is null then ${t.limitSince} is null else ${t.limitSince} is not null and ${t.groupId} is not null end`,
    ),
    check(
      'transfers_phrase',
      sql`case when ${t.phraseHash} is null then not ${t.phraseHere} else ${t.toAccount} is null and ${t.toHandle} is null and (${t.groupId} is not null or not ${t.phraseHere}) end`,
    ),
    check('transfers_seed', sql`(${t.seedHash} is not null) = (${t.lucky} or ${t.settlement} is not null)`),
    check(
      'transfers_settlement',
      sql`${t.settlement} is null or (${t.toAccount} is null and ${t.toHandle} is null and ${t.payoutId} is null and ${t.askId} is null)`,
    ),
    check(
      'transfers_confirms',
      sql`not ${t.confirms} or (${t.payoutId} is null and ${t.refundOf} is null and ${t.askId} is null and ${t.settlement} is null)`,
    ),
    check('transfers_expire_later', sql`${t.expiresAt} > ${t.createdAt}`),
    check('transfers_note', sql`char_length(${t.note}) <= 200`),
  ],
)

/**
 * What the shares of a transfer are drawn from, or who is paid of it at its end. Of drawn shares whose number is known `rests[k]` is what
 * remains in it after k claims; otherwise there are none. Nobody may read it before the transfer is closed. A trigger checks it with the
 * transfer, and each claim by it.
 */
export const draws = pgTable('draws', {
  transferId: uuid('transfer_id').primaryKey(),
  seed: hex('seed').notNull(),
  rests: numeric('rests', { precision: 38, scale: 0, mode: 'bigint' }).array().notNull(),
})

/**
 * Who takes part in a transfer that pays nobody before its end, by turns from 1. Append-only. A trigger checks that it is open then, and
 * that nobody takes part twice, or in their own, by any of those who were ever one person.
 */
export const entrants = pgTable(
  'entrants',
  {
    transferId: uuid('transfer_id').notNull(),
    accountId: uuid('account_id').notNull(),
    turn: integer('turn').notNull(),
    at: moment('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.transferId, t.accountId] }),
    unique('entrants_turn').on(t.transferId, t.turn),
  ],
)

/**
 * The transfers of groups, as their books tell of them: with the day on which they were sent in the time zone of the books, and what
 * has become of their money. The joins are left ones, so that a query which needs no column of theirs costs nothing for them.
 */
export const groupTransfers = pgView('group_transfers', {
  id: uuid('id').notNull(),
  groupId: uuid('group_id').notNull(),
  at: moment('at').notNull(),
  day: date('day').notNull(),
  asset: text('asset').notNull(),
  kind: transferKind('kind').notNull(),
  state: transferState('state').notNull(),
  sent: minorUnits('sent').notNull(),
  collected: minorUnits('collected').notNull(),
  returned: minorUnits('returned').notNull(),
  fromAccount: uuid('from_account').notNull(),
  toAccount: uuid('to_account'),
  note: text('note'),
}).as(sql`
  select t.id, t.group_id, t.created_at as at,
    (t.created_at at time zone coalesce(root.rules ->> 'timeZone', 'UTC'))::date as day, t.asset,
    case when sender.group_id is not null then 'payout' when recipient.group_id is not null then 'contribution'
      when t.refund_of is not null then 'refund' when t.ask_id is not null then 'payment'
      when t.shares > 1 or t.seed_hash is not null then 'packet' else 'transfer' end::transfer_kind as kind,
    t.state, t.amount as sent,
    t.amount - t.remaining - back.amount as collected, back.amount as returned, t.from_account, t.to_account, t.note
  from transfers t
  left join groups g on g.id = t.group_id
  left join groups root on root.id = coalesce(g.merged_into, g.id)
  left join accounts sender on sender.id = t.from_account
  left join accounts recipient on recipient.id = t.to_account
  cross join lateral (
    select case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
      else coalesce(
        (select amount from entries where transfer_id = t.id and account_id = t.from_account and kind = 'return'),
        (select amount from entries where transfer_id = t.id and kind = 'return')) end as amount
  ) back
  where t.group_id is not null`)

/**
 * A movement of money between an account and a transfer: positive into the account. Append-only. `leaves` is the state of the
 * transfer after it. A trigger (see functions.sql) applies all entries of a statement to accounts and transfers, and checks them
 * in the same pass, as foreign keys for each row would cost several times as much.
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
    /** Of a collect: the transfer's `reissues` that it was decided by; null for 0. */
    reissues: integer('reissues'),
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

/** More time for an open transfer, which it gets once. A trigger moves its end. */
export const extensions = pgTable('extensions', {
  transferId: uuid('transfer_id').primaryKey(),
  expiresAt: moment('expires_at').notNull(),
  at: moment('at').notNull(),
})

/** Each further code of an open transfer. A trigger puts it into the place of the one before, which is dead from then on. */
export const reissues = pgTable(
  'reissues',
  {
    transferId: uuid('transfer_id').notNull(),
    turn: integer('turn').notNull(),
    codeHash: hex('code_hash').notNull(),
    at: moment('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.transferId, t.turn] })],
)

/** Each time that the one for whom a transfer is was reminded: twice at most, which a trigger checks with the time between. */
export const reminders = pgTable(
  'reminders',
  {
    transferId: uuid('transfer_id').notNull(),
    turn: smallint('turn').notNull(),
    at: moment('at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.transferId, t.turn] }),
    check('reminders_twice', sql`${t.turn} in (1, 2)`),
  ],
)

/**
 * Who wants to collect a transfer whose sender confirms that, each once, and what the sender has said. A trigger checks that it is open, and
 * that those who were ever one person ask once; another one that nobody collects it without a yes.
 */
export const askers = pgTable(
  'askers',
  {
    transferId: uuid('transfer_id')
      .notNull()
      .references(() => transfers.id),
    turn: integer('turn').notNull(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    /** As whom they have asked: the money goes to whose identity that is when the sender says yes. */
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    askedAt: moment('asked_at').notNull().default(sql`clock_timestamp()`),
    answer: text('answer', { enum: ['yes', 'no'] }),
    answeredAt: moment('answered_at'),
  },
  (t) => [
    primaryKey({ columns: [t.transferId, t.turn] }),
    foreignKey({ columns: [t.messenger, t.identity], foreignColumns: [identities.messenger, identities.id] }),
    check('askers_answered', sql`(${t.answer} is null) = (${t.answeredAt} is null)`),
  ],
)

/** The answer to each request with an idempotency key, so that a retry gets the same one, for as long as a key is kept. */
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
  // The requests of a batch have the same time, which the index stores once.
  (t) => [primaryKey({ columns: [t.client, t.key] }), index('requests_at').on(t.at)],
)

/** The hashes of short codes: of 22 characters, as the first versions made them. Links with them are still in use. */
export const shortCodes = pgTable('short_codes', {
  hash: hex('hash').primaryKey(),
  transferId: uuid('transfer_id')
    .notNull()
    .references(() => transfers.id),
})

/**
 * Events that were not dispatched to the subscribers yet: written in one statement with the entries, taken by the worker. A row
 * has the events of one batch of the ledger, as parallel arrays: the event, its transfer, and the account that was paid, or that it
 * returned to; of any other event it is the account that the transfer came from, and null here. Together they are the key of the entry
 * that made the event.
 */
export const outbox = pgTable('outbox', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  events: outboxEvent('events').array().notNull(),
  transfers: uuid('transfers').array().notNull(),
  accounts: uuid('accounts').array().notNull(),
  at: moment('at').notNull().defaultNow(),
})

/**
 * The sums of what was sent in a group on one day in the time zone of its books. Derived, as the three tables after it are: a trigger
 * on `outbox` adds what leaves it, and recounts the days where the time zone changes.
 */
export const groupDays = pgTable(
  'group_days',
  {
    groupId: uuid('group_id').notNull(),
    day: date('day').notNull(),
    asset: text('asset').notNull(),
    kind: transferKind('kind').notNull(),
    /** The state that these transfers have. */
    state: transferState('state').notNull(),
    transfers: integer('transfers').notNull(),
    /** Of `sent`, what was collected, and what went back; the rest they still hold. */
    sent: minorUnits('sent').notNull(),
    collected: minorUnits('collected').notNull(),
    returned: minorUnits('returned').notNull(),
  },
  (t) => [primaryKey({ columns: [t.groupId, t.day, t.asset, t.kind, t.state] })],
)

/** Who has sent or collected in a group, and of which days the transfers were. */
export const groupPeople = pgTable(
  'group_people',
  {
    groupId: uuid('group_id').notNull(),
    /** A state that the transfers have come to: all of them are open at first. */
    state: transferState('state').notNull(),
    year: smallint('year').notNull(),
    asset: text('asset').notNull(),
    kind: transferKind('kind').notNull(),
    personId: uuid('person_id').notNull(),
    days: daysOfYear('days').notNull(),
  },
  (t) => [primaryKey({ columns: [t.groupId, t.state, t.year, t.asset, t.kind, t.personId] })],
)

/** The transfers of a group by who has sent them, has collected of them, or is their recipient. */
export const transferPeople = pgTable(
  'transfer_people',
  {
    groupId: uuid('group_id').notNull(),
    personId: uuid('person_id').notNull(),
    /** When the transfer was made. */
    at: moment('at').notNull(),
    transferId: uuid('transfer_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.groupId, t.personId, t.at, t.transferId] })],
)

/** The transfers of a group by the words of their notes. */
export const transferWords = pgTable(
  'transfer_words',
  {
    groupId: uuid('group_id').notNull(),
    at: moment('at').notNull(),
    transferId: uuid('transfer_id').notNull(),
    words: searchWords('words').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.groupId, t.at, t.transferId] }),
    // Without a list of what is still to be indexed, which every search would have to walk through.
    index('transfer_words_words').using('gin', t.words).with({ fastupdate: false }),
  ],
)

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
    /** The state that the card shows, as far as we know. Where it isn't its transfer's, the card has to be redrawn. */
    drawn: transferState('drawn').notNull().default('open'),
    /** Whether it has the picture to pass on in place of the plain QR code. */
    picture: boolean('picture').notNull().default(false),
  },
  (t) => [
    unique('cards_message').on(t.messenger, t.chat, t.message),
    index('cards_transfer').on(t.transferId),
  ],
)

/**
 * What people type in place of a button where a messenger has none: `/41`. No two chats share a number, so one that is typed in the wrong
 * chat does nothing.
 */
export const choices = pgTable(
  'choices',
  {
    number: integer('number').primaryKey().generatedAlwaysAsIdentity(),
    messenger: text('messenger').notNull(),
    chat: text('chat').notNull(),
    /** A button's data, as the bots encode it. */
    action: text('action').notNull(),
    shownAt: moment('shown_at').notNull().defaultNow(),
  },
  (t) => [unique('choices_action').on(t.messenger, t.chat, t.action), index('choices_shown').on(t.shownAt)],
)

/**
 * A transfer that somebody has prepared, and that holds no money yet: it was typed in a messenger's inline mode, or has to be
 * confirmed. It can be made once, in one message.
 */
export const offers = pgTable(
  'offers',
  {
    id: uuid('id').primaryKey(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    /** What the transfer is made of, as the API got it. */
    content: jsonb('content').notNull(),
    /** The message that shows it, once that is known, by the messenger's own ids. */
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

/** A messenger that runs in some process, or has run; `alive_at` is its last heartbeat. */
export const messengers = pgTable('messengers', {
  name: text('name').primaryKey(),
  /** What people call it: `Telegram`. */
  title: text('title').notNull(),
  /** Opens the messenger; `{code}` stands for the code, where its links can carry one. */
  link: text('link').notNull(),
  aliveAt: moment('alive_at').notNull(),
})

/**
 * The first bot that acted in a messenger. Where a messenger's message ids are each bot's own, a stored id without a bot's name
 * is this one's.
 */
export const firstBots = pgTable('first_bots', {
  messenger: text('messenger').primaryKey(),
  /** The messenger's own id of the bot. */
  bot: text('bot').notNull(),
})

/** Where a messenger's bot was let in by people of their own accord, as in each workspace that has installed it. */
export const installations = pgTable(
  'installations',
  {
    messenger: text('messenger').notNull(),
    workspace: text('workspace').notNull(),
    /** What the bot needs there, encrypted by the bot with a secret that isn't in the database. */
    sealed: text('sealed').notNull(),
    installedAt: moment('installed_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messenger, t.workspace] })],
)

/**
 * Bearer tokens of programs; only their hashes are stored. What one may do stands in `may`: `all`, or verbs (see access/scopes.ts), for its own
 * account, and for everybody, of one asset or of all, or for a group.
 */
export const tokens = pgTable(
  'tokens',
  {
    name: text('name').primaryKey(),
    hash: bytes('hash').notNull().unique(),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** To the minute. `null`: it wasn't used since that is noted. */
    usedAt: moment('used_at'),
    may: text('may').array().notNull(),
    everybody: boolean('everybody').notNull().default(false),
    /** Its own account is in the playground. */
    sandbox: boolean('sandbox').notNull().default(false),
    asset: text('asset').references(() => assets.code),
    groupId: uuid('group_id').references(() => groups.id),
    /** Decimals, in each asset: the most in one transfer, and on a day, by UTC. */
    perTransfer: numeric('per_transfer'),
    perDay: numeric('per_day'),
    /** From then on it is taken no more. */
    endsAt: moment('ends_at'),
    /** Whether whoever opens its page has its app ask for what they type. */
    counter: boolean('counter').notNull().default(false),
  },
  (t) => [
    check(
      'tokens_for_one',
      sql`(${t.asset} is null or ${t.everybody}) and ${t.everybody}::int + ${t.sandbox}::int + (${t.groupId} is not null)::int <= 1`,
    ),
    check('tokens_limits_above_zero', sql`${t.perTransfer} > 0 and ${t.perDay} > 0`),
  ],
)

/** What a token has sent of an asset on a day, by UTC, in minor units, and the most that it may, as it was then. */
export const tokenDays = pgTable(
  'token_days',
  {
    token: text('token').notNull(),
    day: date('day').notNull(),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    sent: minorUnits('sent').notNull(),
    most: minorUnits('most').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.token, t.day, t.asset] }),
    check('token_days_within_limit', sql`${t.sent} between 0 and ${t.most}`),
  ],
)

/** Where a program is told what has happened: a URL of its own. Ends with its token. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    token: text('token')
      .notNull()
      .references(() => tokens.name, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    /** The types of the events that it gets; `null`: all. */
    events: text('events').array(),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** The number of its secret, which follows from it and from the server's key. For a day the secret before signs, too. */
    secretNumber: integer('secret_number').notNull().default(1),
    secretAt: moment('secret_at').notNull().defaultNow(),
    /** Since when every attempt has failed; `null`: the last one went well, or there was none. */
    failingSince: moment('failing_since'),
    /** Since when nothing is sent there. */
    offAt: moment('off_at'),
  },
  (t) => [index('webhooks_token').on(t.token)],
)

/** What is to be told to a webhook, or was: the event alone, as its content is read when it is sent. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid('id').primaryKey(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    type: text('type').notNull(),
    /** The transfer or the ask, by the type; what happens to one is told in its order: that of row and place in the outbox, then of the id. */
    subject: uuid('subject').notNull(),
    batch: bigint('batch', { mode: 'bigint' }).notNull(),
    turn: integer('turn').notNull(),
    /** Who has collected. */
    accountId: uuid('account_id'),
    /** When it happened. */
    at: moment('at').notNull(),
    state: text('state', { enum: ['waiting', 'delivered', 'failed'] })
      .notNull()
      .default('waiting'),
    nextAt: moment('next_at').notNull().defaultNow(),
    /** How many attempts have failed, and since when; `null`: none has. */
    failures: integer('failures').notNull().default(0),
    failingSince: moment('failing_since'),
  },
  (t) => [
    index('webhook_deliveries_due').on(t.webhookId, t.nextAt).where(sql`${t.state} = 'waiting'`),
    index('webhook_deliveries_order')
      .on(t.webhookId, t.subject, t.batch, t.turn, t.id)
      .where(sql`${t.state} = 'waiting'`),
    index('webhook_deliveries_log').on(t.webhookId, t.id),
    index('webhook_deliveries_age').on(t.at),
    uniqueIndex('webhook_deliveries_completed')
      .on(t.webhookId, t.subject)
      .where(sql`${t.type} = 'ask.completed'`),
  ],
)

/** What became of each attempt. */
export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    at: moment('at').notNull(),
    milliseconds: integer('milliseconds').notNull(),
    /** The status of HTTP that was answered; without an answer `null`, and why. */
    status: integer('status'),
    error: text('error'),
  },
  (t) => [primaryKey({ columns: [t.deliveryId, t.at] })],
)

/**
 * Sessions of browsers that are signed in as somebody, and one-time links and tickets to sign in; only hashes of their secrets
 * are stored.
 */
export const sessions = pgTable(
  'sessions',
  {
    hash: bytes('hash').primaryKey(),
    kind: text('kind', { enum: ['link', 'ticket', 'session'] }).notNull(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    /** The page that a link leads to. */
    leadsTo: text('leads_to'),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.messenger, t.identity], foreignColumns: [identities.messenger, identities.id] }),
    index('sessions_expiry').on(t.expiresAt),
    check('sessions_links_lead_somewhere', sql`(${t.kind} = 'link') = (${t.leadsTo} is not null)`),
  ],
)

/** Who has tried how many phrases lately: a person, a group, or all together. The phrases themselves are nowhere. */
export const phraseGuesses = pgTable('phrase_guesses', {
  /** `person:<id>`, `group:<id>` or `all` */
  subject: text('subject').primaryKey(),
  /** Wrong ones since then, with the one that is being tried. */
  tried: integer('tried').notNull().default(0),
  since: moment('since').notNull().default(sql`clock_timestamp()`),
  /** Until when no other one is tried. */
  until: moment('until').notNull().default(sql`clock_timestamp()`),
})

/** One row: all transfers that expired before `swept_until` are closed, so that a sweep looks no further back. */
export const sweeps = pgTable('sweeps', {
  id: integer('id').primaryKey(),
  sweptUntil: moment('swept_until').notNull(),
})

/** One row: the hash of the secret key that the codes of this database follow from. */
export const secretKeys = pgTable('secret_keys', {
  id: integer('id').primaryKey(),
  hash: hex('hash').notNull(),
})

/**
 * What admins and operators have changed, in chains: one for each group, and one, without a group, for the operators. Append-only.
 * `hash` is the SHA-256 of all other columns and of the hash before it (see trail.ts).
 */
export const trail = pgTable(
  'trail',
  {
    groupId: uuid('group_id').references(() => groups.id),
    turn: integer('turn').notNull(),
    at: moment('at').notNull(),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    /** What was done: `rules`, `payout`, `hold`. */
    what: text('what').notNull(),
    /** JSON, as text: its hash depends on every character. */
    details: text('details').notNull(),
    previous: hex('previous').notNull(),
    hash: hex('hash').notNull(),
  },
  (t) => [unique('trail_turn').on(t.groupId, t.turn).nullsNotDistinct()],
)

/**
 * What was owed of an asset to all of its holders at one moment, published with a hash that stands for it: once a day for each asset.
 * Append-only, in one chain. docs/proof.md tells how each hash is made.
 */
export const roots = pgTable(
  'roots',
  {
    number: integer('number').primaryKey(),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    /** To the millisecond. */
    at: moment('at').notNull(),
    /** How many accounts are counted in it, and what they have together. */
    leaves: integer('leaves').notNull(),
    total: minorUnits('total').notNull(),
    /** The hash at the top of the tree of those accounts. */
    tree: hex('tree').notNull(),
    /** The root before it, of whatever asset. */
    previous: hex('previous').notNull(),
    root: hex('root').notNull(),
    /** The salts of its leaves follow from it. */
    secret: hex('secret').notNull(),
  },
  (t) => [uniqueIndex('roots_day').on(t.asset, sql`((${t.at} at time zone 'UTC')::date)`)],
)

/**
 * The tree of the latest root of each asset: its leaves, at level 0, are accounts in the order of their hashes; a node above is made of two
 * below it, or carries the last one up.
 */
export const rootNodes = pgTable(
  'root_nodes',
  {
    asset: text('asset').notNull(),
    level: smallint('level').notNull(),
    place: integer('place').notNull(),
    sum: minorUnits('sum').notNull(),
    hash: hex('hash').notNull(),
    /** Of a leaf: the account, what its owner is known by in messengers (a line each), its balance, and what its own open transfers hold. */
    accountId: uuid('account_id').unique(),
    owner: text('owner'),
    balance: minorUnits('balance'),
    open: minorUnits('open'),
  },
  (t) => [
    primaryKey({ columns: [t.asset, t.level, t.place] }),
    check(
      'root_nodes_leaves',
      sql`num_nonnulls(${t.accountId}, ${t.owner}, ${t.balance}, ${t.open}) = case ${t.level} when 0 then 4 else 0 end`,
    ),
  ],
)

/** What a messenger has last said of somebody in a chat. `null`: it doesn't tell. */
export const memberships = pgTable(
  'memberships',
  {
    messenger: text('messenger').notNull(),
    chat: text('chat').notNull(),
    identity: text('identity').notNull(),
    isAdmin: boolean('is_admin'),
    isMember: boolean('is_member'),
    /** Whether an admin has named them one, where the messenger tells no admins of its groups. */
    isNamed: boolean('is_named').notNull().default(false),
    checkedAt: moment('checked_at').notNull().defaultNow(),
    /** The earliest moment at which they are known to have been in the chat, without having left it since. */
    since: moment('since'),
  },
  (t) => [
    primaryKey({ columns: [t.messenger, t.chat, t.identity] }),
    index('memberships_identity').on(t.messenger, t.identity),
  ],
)

/** Codes by which an admin of another chat joins it to a group; only their hashes are stored. Each is good once. */
export const joinCodes = pgTable('join_codes', {
  hash: bytes('hash').primaryKey(),
  groupId: uuid('group_id')
    .notNull()
    .references(() => groups.id),
  messenger: text('messenger').notNull(),
  identity: text('identity').notNull(),
  expiresAt: moment('expires_at').notNull(),
})

/** What an admin has written about a transfer. Append-only. */
export const transferNotes = pgTable(
  'transfer_notes',
  {
    id: uuid('id').primaryKey(),
    transferId: uuid('transfer_id')
      .notNull()
      .references(() => transfers.id),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    at: moment('at').notNull().defaultNow(),
    text: text('text').notNull(),
  },
  (t) => [
    index('transfer_notes_transfer').on(t.transferId, t.id),
    check('transfer_notes_text', sql`char_length(${t.text}) between 1 and 1000`),
  ],
)

/** A list of people that a group keeps: for payouts, or of those who may send. */
export const peopleLists = pgTable(
  'people_lists',
  {
    id: uuid('id').primaryKey(),
    groupId: uuid('group_id')
      .notNull()
      .references(() => groups.id),
    name: text('name').notNull(),
    /** `[{messenger, id} | {messenger, handle}]` */
    members: jsonb('members').notNull(),
  },
  (t) => [unique('people_lists_name').on(t.groupId, t.name)],
)

/** A payment out of a group's treasury, to one or to many: each item is a transfer of its own. */
export const payouts = pgTable(
  'payouts',
  {
    id: uuid('id').primaryKey(),
    /** Whose treasury pays. */
    groupId: uuid('group_id')
      .notNull()
      .references(() => groups.id),
    /** Where it was asked for: that group, or one that is joined to it. */
    madeIn: uuid('made_in')
      .notNull()
      .references(() => groups.id),
    /** The person who asked for it. */
    madeBy: uuid('made_by')
      .notNull()
      .references(() => people.id),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    /** The sum of its items. */
    total: minorUnits('total').notNull(),
    note: text('note'),
    /** How many admins have to approve it, and how many have. A trigger counts them. */
    approvals: smallint('approvals').notNull().default(0),
    approved: smallint('approved').notNull().default(0),
    /** The standing payout that it is a run of. */
    standingId: uuid('standing_id'),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** Set once every item was decided. */
    madeAt: moment('made_at'),
  },
  (t) => [
    index('payouts_group').on(t.groupId, t.id),
    index('payouts_unfinished').on(t.id).where(sql`${t.madeAt} is null`),
    check('payouts_approved', sql`${t.approved} between 0 and ${t.approvals}`),
  ],
)

/** One recipient of a payout. The id of its transfer is chosen before it is made, so that it is made once. */
export const payoutItems = pgTable(
  'payout_items',
  {
    payoutId: uuid('payout_id')
      .notNull()
      .references(() => payouts.id),
    turn: integer('turn').notNull(),
    transferId: uuid('transfer_id').notNull().unique(),
    /** The recipient: a person, or the holder of a handle (`telegram:ada`). */
    personId: uuid('person_id').references(() => people.id),
    handle: text('handle'),
    amount: minorUnits('amount').notNull(),
    note: text('note'),
    /** `null`: it is still to be made. */
    outcome: text('outcome', { enum: ['made', 'refused'] }),
    /** The code of the refusal. */
    refusal: text('refusal'),
  },
  (t) => [
    primaryKey({ columns: [t.payoutId, t.turn] }),
    check('payout_items_recipient', sql`(${t.personId} is null) <> (${t.handle} is null)`),
    check('payout_items_amount', sql`${t.amount} > 0`),
  ],
)

/** The admins who have approved a payout, each once, and never the one who asked for it. */
export const payoutApprovals = pgTable(
  'payout_approvals',
  {
    payoutId: uuid('payout_id')
      .notNull()
      .references(() => payouts.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    messenger: text('messenger').notNull(),
    identity: text('identity').notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.payoutId, t.personId] })],
)

/** Where a payout to many is shown: one message in one chat, with a button for everybody who is on it. */
export const payoutCards = pgTable(
  'payout_cards',
  {
    id: uuid('id').primaryKey(),
    payoutId: uuid('payout_id')
      .notNull()
      .references(() => payouts.id),
    messenger: text('messenger').notNull(),
    chat: text('chat').notNull(),
    message: text('message').notNull(),
    language: text('language').notNull(),
  },
  (t) => [
    unique('payout_cards_message').on(t.messenger, t.chat, t.message),
    index('payout_cards_payout').on(t.payoutId),
  ],
)

/** A payout that is made again and again: an allowance. */
export const standingPayouts = pgTable(
  'standing_payouts',
  {
    id: uuid('id').primaryKey(),
    groupId: uuid('group_id')
      .notNull()
      .references(() => groups.id),
    madeBy: uuid('made_by')
      .notNull()
      .references(() => people.id),
    /** `null`: it has ended, and its list was deleted. */
    listId: uuid('list_id').references(() => peopleLists.id, { onDelete: 'set null' }),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    /** For each person. */
    amount: minorUnits('amount').notNull(),
    note: text('note'),
    every: text('every', { enum: ['week', 'month'] }).notNull(),
    /** Of the week, 1 is Monday; or of the month, whose last day it is where the month is shorter. */
    day: smallint('day').notNull(),
    /** The hour of the day in the group's time zone. */
    hour: smallint('hour').notNull(),
    state: text('state', { enum: ['active', 'paused', 'ended'] })
      .notNull()
      .default('active'),
    nextAt: moment('next_at').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('standing_payouts_due').on(t.nextAt).where(sql`${t.state} = 'active'`),
    index('standing_payouts_group').on(t.groupId),
    check('standing_payouts_list', sql`${t.state} = 'ended' or ${t.listId} is not null`),
    check('standing_payouts_amount', sql`${t.amount} > 0`),
    check(
      'standing_payouts_day',
      sql`${t.day} between 1 and case ${t.every} when 'week' then 7 else 31 end and ${t.hour} between 0 and 23`,
    ),
  ],
)

/** The runs of standing payouts: each due time once. */
export const standingRuns = pgTable(
  'standing_runs',
  {
    standingId: uuid('standing_id')
      .notNull()
      .references(() => standingPayouts.id),
    dueAt: moment('due_at').notNull(),
    ranAt: moment('ran_at').notNull().defaultNow(),
    /** The payout that it made, or the code of the refusal that stopped it. Neither: it is under way. */
    payoutId: uuid('payout_id').references(() => payouts.id),
    refusal: text('refusal'),
    /** Those who were left out: `[{messenger, id | handle, why}]` */
    skipped: jsonb('skipped').notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.standingId, t.dueAt] }),
    index('standing_runs_under_way').on(t.ranAt).where(sql`${t.payoutId} is null and ${t.refusal} is null`),
  ],
)

/**
 * What somebody asks others for. It holds no money: what answers it are transfers to who asked. Those of a `pool`, for which anybody
 * gives what they like, wait until they are as much as its goal.
 */
export const asks = pgTable(
  'asks',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind', { enum: ['request', 'pool'] })
      .notNull()
      .default('request'),
    /** Where it was asked; `null`: in private. */
    groupId: uuid('group_id').references(() => groups.id),
    madeBy: uuid('made_by')
      .notNull()
      .references(() => people.id),
    asset: text('asset')
      .notNull()
      .references(() => assets.code),
    /** The sum of its parts, or the goal; and what was given, and has not gone back. A trigger counts that. */
    total: minorUnits('total').notNull(),
    paid: minorUnits('paid').notNull().default(sql`0`),
    /** The part of who asked, where it was counted when a sum was shared out: nobody pays that. */
    own: minorUnits('own'),
    note: text('note'),
    /** What who asked calls it, such as the number of an order. */
    reference: text('reference'),
    /** Where the page leads whoever has paid. */
    returnUrl: text('return_url'),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** From then on nobody can pay. */
    expiresAt: moment('expires_at').notNull(),
    /** When who asked has ended it. */
    endedAt: moment('ended_at'),
    remindedAt: moment('reminded_at'),
  },
  (t) => [
    check('asks_total', sql`${t.total} > 0 and ${t.own} > 0`),
    check('asks_paid', sql`${t.paid} between 0 and ${t.total}`),
    check('asks_expire_later', sql`${t.expiresAt} > ${t.createdAt}`),
    check('asks_note', sql`char_length(${t.note}) <= 200`),
    check('asks_reference', sql`char_length(${t.reference}) <= 100`),
    check('asks_return_url', sql`char_length(${t.returnUrl}) <= 2000`),
  ],
)

/** What one person is asked for. The id of the transfer that pays it is chosen before, so that it is paid once. */
export const askParts = pgTable(
  'ask_parts',
  {
    askId: uuid('ask_id')
      .notNull()
      .references(() => asks.id),
    turn: integer('turn').notNull(),
    transferId: uuid('transfer_id').notNull().unique(),
    /** Who is asked: a person, the holder of a handle (`telegram:ada`), or, with neither, whoever pays first. */
    personId: uuid('person_id').references(() => people.id),
    handle: text('handle'),
    amount: minorUnits('amount').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.askId, t.turn] }),
    check('ask_parts_asked', sql`${t.personId} is null or ${t.handle} is null`),
    check('ask_parts_amount', sql`${t.amount} > 0`),
  ],
)

/** Where an ask is shown: one message in one chat. */
export const askCards = pgTable(
  'ask_cards',
  {
    id: uuid('id').primaryKey(),
    askId: uuid('ask_id')
      .notNull()
      .references(() => asks.id),
    messenger: text('messenger').notNull(),
    chat: text('chat').notNull(),
    message: text('message').notNull(),
    language: text('language').notNull(),
  },
  (t) => [unique('ask_cards_message').on(t.messenger, t.chat, t.message), index('ask_cards_ask').on(t.askId)],
)

/** What anybody has written to the operators by `/feedback`. */
export const feedback = pgTable('feedback', {
  id: uuid('id').primaryKey(),
  at: moment('at').notNull().defaultNow(),
  messenger: text('messenger').notNull(),
  identity: text('identity').notNull(),
  groupId: uuid('group_id'),
  text: text('text').notNull(),
  doneAt: moment('done_at'),
})

/** What operators set while the service runs, such as for whom it is open; and what the last audit has found. */
export const settings = pgTable('settings', {
  name: text('name').primaryKey(),
  value: jsonb('value').notNull(),
})
