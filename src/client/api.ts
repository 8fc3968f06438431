// Made from the OpenAPI document by `npm run client`.

export type WebhookEvent = {
  type: 'transfer.claimed'
  /** When it happened */
  timestamp: string
  /** As it stands when it is sent, which may be later than the event */
  data: {
    transfer: TransferItem
    /** null: it was collected by nobody we know */
    claim: TransferClaim | null
  }
} | {
  type: 'transfer.created' | 'transfer.approved' | 'transfer.extended' | 'transfer.cancelled' | 'transfer.declined' | 'transfer.returned'
  /** When it happened */
  timestamp: string
  /** As it stands when it is sent, which may be later than the event */
  data: {
    transfer: TransferItem
  }
} | {
  type: 'ask.paid' | 'ask.completed'
  /** When it happened */
  timestamp: string
  /** As it stands when it is sent, which may be later than the event */
  data: {
    ask: Ask
  }
}

export interface TransferItem {
  id: string
  state: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
  asset: string
  amount: string
  /** null: the issuer, or a treasury */
  from: Identity | null
  /** null: whoever has the code, or a treasury */
  to: Recipient | null
  note: string | null
  group: {
    messenger: string
    id: string
    title: string | null
  } | null
  createdAt: string
  expiresAt: string
  closedAt: string | null
  /** Of a transfer of one share */
  collectedBy: Identity | null
  /** How many may collect it, each once */
  shares: number
  /** How many have */
  claimed: number
  /** Whether only members of its group may collect it */
  membersOnly: boolean
  /** For whom in its group it is; null: for the one named, or whoever has the code */
  takers: {
    of: 'members' | 'before' | 'list'
    /** Of list: its name, as it was */
    list?: string
  } | null
  /** Where words open it, in place of its code: anywhere, or in its group alone */
  phrase: 'anywhere' | 'here' | null
  /** Whether its sender confirms each who wants to collect it */
  confirms: boolean
  /** Whether its shares are equal, or drawn by lot */
  draw: 'equal' | 'lucky'
  /** Where something is drawn, the shares or who is paid: the SHA-256 of the seed (32 bytes), which is told once the transfer is closed. The claim page says how the draw follows from it */
  seedHash: string | null
  /** Told once it is closed */
  seed: string | null
  /** What its claims come to */
  collected: string
  /** What has gone back to where it came from */
  returned: string
  /** The largest claim of drawn shares, once it is closed */
  luckiest: TransferClaim | null
  /** How often it got another code: those of before are dead */
  reissues: number
  /** Who has collected: the newest first, the newest 100 at most. In the answer to a claim that claim alone */
  claims: TransferClaim[]
  /** Which end of it is a group's treasury */
  treasury: {
    end: 'from' | 'to'
    group: {
      messenger: string
      id: string
      title: string | null
    } | null
  } | null
  /** The admin who paid it out of a treasury */
  madeBy: Identity | null
  /** The payout that it is a part of */
  payout: string | null
  /** The transfer of which it gives back what its sender had collected */
  refundOf: string | null
  /** What somebody asked for, that it pays */
  ask: string | null
  /** What it waits for: until then nobody can collect it */
  approvals: {
    /** How many admins have to approve it */
    needed: number
    /** Those who have */
    by: Identity[]
  } | null
  /** Set where nobody is paid before its end */
  settlement: {
    by: 'draw' | 'split'
    /** How many take part */
    entered: number
  } | null
}

export interface Identity {
  messenger: string
  id: string
  handle: string | null
  name: string | null
}

/** An id of null: a handle that was not met yet */
export interface Recipient {
  messenger: string
  id: string | null
  handle: string | null
  name: string | null
  /** Whether they want no mention; told where a card is to be posted */
  quiet?: boolean
}

export interface TransferClaim {
  /** null: the issuer, or a treasury */
  by: Identity | null
  amount: string
  at: string
  /** Whether it was given back */
  refunded: boolean
  /** Their number among those who took part, where who is paid was drawn */
  turn: number | null
}

export interface Ask {
  id: string
  kind: 'request' | 'pool'
  /** open: something of it can still be paid. It stays paid where it is given back: that stands in `refunded` of its parts */
  state: 'open' | 'paid' | 'ended' | 'expired'
  asset: string
  /** The sum of its parts; of a pool its goal */
  total: string
  /** What was paid of it, also where that was given back since; of a pool what was given, and has not gone back */
  paid: string
  /** The part of who asked, where it was counted when a sum was shared out: nobody pays that */
  own: string | null
  note: string | null
  /** What who asked calls it. Two asks may have the same one */
  reference: string | null
  /** Where its page leads whoever has paid */
  returnUrl: string | null
  /** The page where whoever has its address can pay; null: it is for those named, of a group, or a pool */
  page: string | null
  /** Who asked */
  by: Identity | null
  group: {
    messenger: string
    id: string
    title: string | null
  } | null
  createdAt: string
  /** From then on nobody can pay */
  expiresAt: string
  /** When who asked has ended it */
  endedAt: string | null
  parts: {
    /** Who is asked, or has given for a pool; null: whoever pays first */
    from: Recipient | null
    amount: string
    paidBy: Identity | null
    paidAt: string | null
    /** Whether who asked has given it back */
    refunded: boolean
    /** The id of the transfer that pays it. It stands here from the beginning, and there is no such transfer before `paidAt` says when it was paid. `POST /v1/transfers/{id}/refund` gives it back */
    transfer: string
  }[]
  /** Amounts to offer for a pool that is open: the last one is what is missing */
  offers: string[]
}

export type Transfer = TransferItem & {
  code: string
  link: string
}

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: 
    | 'invalid_request'
    | 'unauthorized'
    | 'token_ended'
    | 'not_allowed_by_token'
    | 'token_transfer_limit'
    | 'token_day_limit'
    | 'app_unknown'
    | 'signed_out'
    | 'not_member'
    | 'not_admin'
    | 'admins_unknown'
    | 'not_operator'
    | 'not_open_yet'
    | 'winding_down'
    | 'route_not_found'
    | 'invalid_amount'
    | 'amount_ambiguous'
    | 'too_many_decimals'
    | 'amount_too_small'
    | 'too_many_shares'
    | 'amount_too_large'
    | 'name_or_phrase'
    | 'settlement_too_large'
    | 'unknown_asset'
    | 'asset_unclear'
    | 'own_transfer'
    | 'insufficient_funds'
    | 'taken_back_before'
    | 'on_hold'
    | 'transfer_not_found'
    | 'already_collected'
    | 'already_yours'
    | 'not_for_you'
    | 'members_only'
    | 'not_here_before'
    | 'listed_only'
    | 'members_unknown'
    | 'awaiting_sender'
    | 'sender_said_no'
    | 'too_many_askers'
    | 'asker_not_found'
    | 'asker_answered'
    | 'awaiting_approval'
    | 'handle_not_told'
    | 'phrase_unknown'
    | 'phrase_needed'
    | 'phrase_paused'
    | 'phrase_weak'
    | 'phrase_taken'
    | 'phrase_chosen'
    | 'no_phrase'
    | 'wrong_asset'
    | 'expired'
    | 'settles_too_late'
    | 'drawing'
    | 'entered_already'
    | 'cancelled'
    | 'declined'
    | 'not_sender'
    | 'not_recipient'
    | 'not_collector'
    | 'not_refundable'
    | 'refunded_already'
    | 'extended_already'
    | 'reissued_meanwhile'
    | 'not_named'
    | 'notices_off'
    | 'reminded_twice'
    | 'reminded_lately'
    | 'offer_not_found'
    | 'offer_elsewhere'
    | 'not_a_person'
    | 'unknown_person'
    | 'person_unclear'
    | 'listed_twice'
    | 'join_code_unknown'
    | 'join_other_money'
    | 'already_joined'
    | 'joined_elsewhere'
    | 'not_joined'
    | 'link_code_unknown'
    | 'link_not_found'
    | 'already_linked'
    | 'link_other_money'
    | 'link_messenger_taken'
    | 'not_linked'
    | 'payout_unfinished'
    | 'payout_faulty'
    | 'payout_size'
    | 'treasury_short'
    | 'payout_not_found'
    | 'payout_own'
    | 'payout_approved_twice'
    | 'payout_approved'
    | 'ask_not_found'
    | 'ask_not_for_you'
    | 'ask_own'
    | 'ask_paid'
    | 'ask_ended'
    | 'ask_expired'
    | 'ask_reminded'
    | 'ask_size'
    | 'pool_overpaid'
    | 'pool_underpaid'
    | 'awaiting_goal'
    | 'asker_unpayable'
    | 'not_asker'
    | 'not_due'
    | 'standing_not_found'
    | 'standing_nobody'
    | 'list_not_found'
    | 'list_unknown'
    | 'list_empty'
    | 'list_name_taken'
    | 'list_in_use'
    | 'card_elsewhere'
    | 'group_off'
    | 'group_admins_only'
    | 'group_listed_only'
    | 'group_transfer_limit'
    | 'group_day_limit'
    | 'limit_too_large'
    | 'unknown_time_zone'
    | 'webhook_not_found'
    | 'webhook_delivery_not_found'
    | 'too_many_webhooks'
    | 'key_reused'
    | 'too_much_feedback'
    | 'too_many_requests'
    | 'overloaded'
    | 'unavailable'
    | 'outcome_unknown'
    | 'internal_error'
  /** What the sentence is made of */
  details?: Record<string, string | number>
  /** With payout_faulty: each fault; rows count from 1, null is the payout as a whole */
  faults?: {
    row: number | null
    code: string
    detail: string
  }[]
  /** With 429 and 503: ask again in so many seconds */
  retryAfter?: number
  requestId: string
}

export interface CreateTransfer {
  /** A decimal string, or as people type it */
  amount: string
  asset?: string
  from: Person
  to?: Person | Handle | null
  note?: string | null
  group?: {
    messenger: string
    /** The messenger's own id */
    id: string
    /** A label. One that cannot be used is dropped, and stays as it was. */
    title?: string
  } | null
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
  /** Where its card is to hang: a bot posts it there where nobody else has done so in a while */
  card?: {
    messenger: string
    chat: string
    /** What else the messenger needs to post there, in its own form */
    details?: string
    /** BCP 47 */
    language: string
    /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
    picture?: boolean
  }
  /** A red packet: so many people may collect, each once. It is for whoever has the code */
  shares?: number
  /** With shares: equal ones, as by default, or lucky ones, drawn by lot */
  draw?: 'equal' | 'lucky'
  /** For so many seconds people take part, and nobody is paid before: then the lot falls on as many as there are shares (draw), or all of it is split among all of them, or of more than there are shares, among so many (split; without shares: 1,000) */
  settlement?: {
    by: 'draw' | 'split'
    seconds: number
  }
  /** The same as takers of members */
  membersOnly?: boolean
  /** With shares and a group: who in it may collect, as its messengers tell when they do; or who is on a list of it now */
  takers?: {
    of: 'members' | 'before'
  } | {
    of: 'list'
    /** The name of a list of the group, or its id; only an admin may name it */
    list: string
  }
  /** Words open it, and its code does not */
  phrase?: {
    /** Left out: four words are made, and told in the answer */
    words?: string
    /** Of made words; by default en */
    language?: 
      | 'en'
      | 'zh-Hans'
      | 'ja'
      | 'es'
      | 'ru'
      | 'pt'
      | 'id'
      | 'ar'
    /** Whether they open it in the chats of its group alone */
    here?: boolean
  }
}

export interface Person {
  messenger: string
  /** The messenger's own id */
  id: string
  /** A label. One that cannot be used is dropped, and stays as it was. */
  handle?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  name?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  language?: string
}

/** Somebody not met yet: bound to the first holder of the handle who collects */
export interface Handle {
  messenger: string
  handle: string
}

export interface Card {
  id: string
  messenger: string
  chat: string
  message: string
  /** BCP 47 */
  language: string
  /** The state that the card shows */
  drawn: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
  /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
  picture?: boolean
}

export interface Asker {
  transfer: string
  /** In which turn they have asked: it names them */
  turn: number
  by: Identity
  askedAt: string
  /** What the sender has said; null: nothing yet */
  answer: 'yes' | 'no' | null
  answeredAt: string | null
}

export interface Claim {
  code?: string
  /** Instead of the code, for a client that shows a button and knows who presses it */
  transfer?: string
  /** Instead of the code, the words that open it */
  phrase?: string
  /** The chat where they were typed, if it was one */
  group?: {
    messenger: string
    /** The messenger's own id */
    id: string
    /** A label. One that cannot be used is dropped, and stays as it was. */
    title?: string
  }
  by: Person
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
}

/** A transfer that is prepared, and holds no money yet */
export interface Offer {
  asset: string
  amount: string
  /** null: the issuer, or a treasury */
  from: Identity | null
  /** null: whoever has the code, or a treasury */
  to: Recipient | null
  note: string | null
  expiresAt: string
  id: string
  confirm: boolean
  /** The sender's */
  language: string | null
  /** What was made of it */
  transfer: string | null
}

export interface CreateOffer {
  /** A decimal string, or as people type it */
  amount: string
  asset?: string
  from: Person
  to?: Person | Handle | null
  note?: string | null
  group?: {
    messenger: string
    /** The messenger's own id */
    id: string
    /** A label. One that cannot be used is dropped, and stays as it was. */
    title?: string
  } | null
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
  /** Its sender has to confirm it: nobody else can make it a transfer */
  confirm?: true
}

export interface Labels {
  /** A label. One that cannot be used is dropped, and stays as it was. */
  handle?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  name?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  language?: string
}

export interface Notices {
  on: boolean
}

/** What is left out is the default. Amounts are decimal strings, by asset; `hours` is how long a transfer stays open; approvals are those of payouts. */
export interface GroupRules {
  on?: boolean
  senders?: 'everybody' | 'admins' | {
    list: string
  }
  limits?: Record<string, {
    transfer?: string
    day?: string
  }>
  asset?: string
  language?: 
    | 'en'
    | 'zh-Hans'
    | 'ja'
    | 'es'
    | 'ru'
    | 'pt'
    | 'id'
    | 'ar'
  timeZone?: string
  hours?: number
  approvals?: Record<string, {
    above: string
    needs: number
  }>
}

export interface Rehearsal {
  /** As they would be saved */
  rules: GroupRules
  days: number
  /** That people made in the group in these days */
  transfers: number
  /** That these rules would have refused */
  refused: number
  /** Who sent those */
  people: number
  byRule: {
    /** Of the refusal */
    code: string
    /** Of a limit */
    asset: string | null
    refused: number
  }[]
  /** The newest */
  examples: {
    transfer: string
    at: string
    from: Identity | null
    asset: string
    amount: string
    /** Of the refusal */
    code: string
  }[]
}

export interface Contribution {
  /** A decimal string, or as people type it */
  amount: string
  asset?: string
  from: Person
  note?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  title?: string
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
}

export interface Payout {
  id: string
  /** Whose treasury pays */
  group: {
    messenger: string
    id: string
    title: string | null
  } | null
  asset: string
  total: string
  note: string | null
  /** The admin who asked for it */
  madeBy: Identity | null
  createdAt: string
  /** null: its people are still being paid */
  madeAt: string | null
  /** When what nobody has collected goes back */
  expiresAt: string | null
  /** How many get something */
  people: number
  /** How many of its items are in each state */
  counts: {
    planned?: number
    refused?: number
    open?: number
    collected?: number
    cancelled?: number
    declined?: number
    returned?: number
  }
  /** null: it needs none */
  approvals: {
    /** How many admins have to approve it */
    needed: number
    /** Those who have */
    by: Identity[]
  } | null
}

export interface CreatePayout {
  /** An admin of the group: its messenger is asked */
  by: Person
  items: {
    /** Somebody; or as people write them: @ada, telegram:123456789, Ada Lovelace */
    to: Person | Handle | string
    /** A decimal string, or as people type it */
    amount: string
    note?: string | null
  }[]
  asset?: string
  /** For the items without a note of their own */
  note?: string | null
  /** A label. One that cannot be used is dropped, and stays as it was. */
  title?: string
  /** Where each item has a card of its own. Left out: one card for all, in each chat of the group */
  card?: {
    messenger: string
    chat: string
    /** What else the messenger needs to post there, in its own form */
    details?: string
    /** BCP 47 */
    language: string
    /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
    picture?: boolean
  }
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
}

export interface PayoutItem {
  /** Counted from 1 */
  row: number
  to: Recipient | null
  amount: string
  note: string | null
  state: 
    | 'planned'
    | 'refused'
    | 'open'
    | 'collected'
    | 'cancelled'
    | 'declined'
    | 'returned'
  /** Why it was refused */
  refusal: string | null
  /** The id of its transfer, once it is paid */
  transfer: string
}

export interface CreateAsk {
  /** Who asks */
  by: Person
  /** For a pool anybody gives what they like; it goes to who asked once it is as much as the amount, or back */
  kind?: 'request' | 'pool'
  /** Shared out in equal parts, to the last minor unit. Left out: each part has its own */
  amount?: string
  /** Who is asked; nobody: whoever pays first, once */
  parts?: {
    from: Person | Handle
    /** A decimal string, or as people type it */
    amount?: string
  }[]
  /** One of the equal parts is that of who asks, which nobody pays */
  own?: boolean
  /** Left out: the first of those that `GET /v1/assets` tells for the messenger of `by` */
  asset?: string
  note?: string | null
  group?: {
    messenger: string
    /** The messenger's own id */
    id: string
    /** A label. One that cannot be used is dropped, and stays as it was. */
    title?: string
  } | null
  /** For how long it can be paid; a week where it is left out */
  hours?: number
  /** The same in minutes, in place of `hours` */
  minutes?: number
  /** What you call it, such as the number of an order: its page tells it, too */
  reference?: string
  /** Where its page leads whoever has paid, with the id of the ask added as `ask`: whether it is paid, a webhook tells, or `GET /v1/asks/{id}`. The page has a link there, and leads nowhere by itself */
  returnUrl?: string
  /** Where its card is to be posted */
  card?: {
    messenger: string
    chat: string
    /** What else the messenger needs to post there, in its own form */
    details?: string
    /** BCP 47 */
    language: string
    /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
    picture?: boolean
  }
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
}

export interface AskCodes {
  /** The payload of a merchant-presented QR code (EMVCo); null: there is none */
  emvco: string | null
  /** That of a QR code for a transfer in euros (EPC069-12); null: there is none */
  epc: string | null
}

export interface Issue {
  /** A decimal string, or as people type it */
  amount: string
  asset?: string
  /** Who gets new money */
  to?: Person
  /** Whose money is taken out of circulation */
  from?: Person
  /** The operator who asked, who must be one of OPERATORS */
  by?: Person
  note?: string | null
  /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
  key?: string
}

export interface Asset {
  code: string
  /** Decimals */
  scale: number
  symbols: string[]
  maxTransfer: string
  /** Where it is set: a transfer of more needs somebody named, or words that open it */
  anyoneUpTo?: string
  /** Where it is set: of a transfer of more, the sender confirms each who wants to collect it */
  confirmAbove?: string
  /** Seconds that a transfer stays open */
  lifetime: number
}

export interface Target {
  messenger: string
  chat: string
  /** What else the messenger needs to post there, in its own form */
  details?: string
  /** BCP 47 */
  language: string
  /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
  picture?: boolean
}

export interface Root {
  /** Of all roots, from 1 */
  number: number
  asset: string
  at: string
  /** How many accounts are counted */
  leaves: number
  /** What they have together, open transfers included */
  total: string
  /** The root before this one; 64 zeros before the first one */
  previous: string
  /** SHA-256, in hexadecimal digits */
  root: string
  /** SHA-256, in hexadecimal digits */
  tree: string
}

export interface Receipt {
  /** Of all roots, from 1 */
  number: number
  asset: string
  at: string
  /** How many accounts are counted */
  leaves: number
  /** What they have together, open transfers included */
  total: string
  /** The root before this one; 64 zeros before the first one */
  previous: string
  /** SHA-256, in hexadecimal digits */
  root: string
  /** What they are known by */
  owner: string[]
  balance: string
  /** What their own open transfers hold */
  open: string
  /** SHA-256, in hexadecimal digits */
  salt: string
  path: {
    side: 'left' | 'right'
    sum: string
    /** SHA-256, in hexadecimal digits */
    hash: string
  }[]
}

export interface Webhook {
  id: string
  url: string
  events: (
    | 'transfer.created'
    | 'transfer.approved'
    | 'transfer.extended'
    | 'transfer.claimed'
    | 'transfer.cancelled'
    | 'transfer.declined'
    | 'transfer.returned'
    | 'ask.paid'
    | 'ask.completed')[]
  /** failing: every attempt since `failingSince` has failed; off: after three days of that, or as it answered 410. Nothing more is sent, and what happens meanwhile is not queued */
  state: 'on' | 'failing' | 'off'
  createdAt: string
  failingSince: string | null
  offAt: string | null
}

export interface WebhookDelivery {
  /** The `webhook-id` of its messages, the same in each attempt */
  id: string
  type: 
    | 'transfer.created'
    | 'transfer.approved'
    | 'transfer.extended'
    | 'transfer.claimed'
    | 'transfer.cancelled'
    | 'transfer.declined'
    | 'transfer.returned'
    | 'ask.paid'
    | 'ask.completed'
  /** The id of the transfer, or of the ask */
  subject: string
  /** When it happened */
  timestamp: string
  state: 'waiting' | 'delivered' | 'failed'
  /** When it is tried next; it waits for what has happened to the same transfer or ask before */
  nextAt: string | null
  attempts: {
    at: string
    milliseconds: number
    /** That of HTTP */
    status: number | null
    /** Why there was no answer: timeout, address_refused, or the code of the system */
    error: string | null
  }[]
}

/** Each operation by its method and path: what it takes, and what it answers. */
export interface Operations {
  /** Make a transfer: the money leaves the sender and waits in it. The amount leaves the account of `from` and waits in the transfer until it is collected, cancelled or declined; what is left when its time is over goes back by itself. Without `to` whoever has the code or the link may collect: both are bearer secrets. With `shares` it is a red packet. Send a `key` along: a retry then makes no second one.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers': {
    body: CreateTransfer
    answer: Transfer & {
      /** Those that were made to open it: a bearer secret */
      words?: string
    }
  }
  /** Make many transfers at once, each for itself and in no promised order: one that is refused hinders no other. Up to 500, each as by `POST /v1/transfers`. The answer is 200 even where all of them were refused: look at each item, which has either the transfer or its problem document.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers:batch': {
    body: {
      items: CreateTransfer[]
    }
    answer: {
      items: ({
        transfer: Transfer & {
          /** Those that were made to open it: a bearer secret */
          words?: string
        }
      } | {
        problem: Problem
      })[]
    }
  }
  /** Look at the transfer that a code opens; moves nothing. What a code is good for, before somebody collects: amount, sender, note, state. A code that was replaced by another one opens nothing.
   *
   * It takes a token that may `read`; whoever has the code may look at it. */
  'POST /v1/transfers/find': {
    body: {
      code: string
    }
    answer: Transfer
  }
  /** A transfer as it stands. Its state, who has collected, what has gone back. The answer has its code and link, which are money, so of apps only its two ends may read it.
   *
   * It takes a token that may `read`; its app has to be an end of the transfer, as the answer has the code. */
  'GET /v1/transfers/{id}': {
    path: {
      id: string
    }
    query?: {
      /** People are named as they are known there */
      messenger?: string
    }
    answer: Transfer
  }
  /** The sender takes it back. What nobody has collected is in the account that it came from again, at once; what was collected stays collected. Of what a treasury has paid, an admin of its group takes back.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/cancel': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: Transfer
  }
  /** The one it is for sends it back. Its money is with the sender again, at once, who is told. Only whoever it names can do that.
   *
   * It takes a token that may `collect`, for who acts. */
  'POST /v1/transfers/{id}/decline': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: Transfer
  }
  /** The sender gives it more time, once: as long again as a new one has. Its end moves: by the lifetime of its asset, or by the hours of its group's rules. Its code and its cards stay as they are.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/extend': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: Transfer
  }
  /** The sender gives it another code: the one before, its link and its picture open nothing any more. For a code that others have seen. Whoever had the one before is told that there is no such transfer; its cards are redrawn with the new one.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/reissue': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: Transfer
  }
  /** Tell the sender again which words were made to open it. For words that were made by the service: those that a sender has chosen are kept nowhere. Moves nothing.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/words': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: {
      /** Blanks, capitals and punctuation do not count */
      words: string
    }
  }
  /** The sender reminds the one whom it is for in private: twice at most, an hour apart. Whoever it names gets a private message in the messenger where they were seen last. Moves nothing.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/remind': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: Transfer
  }
  /** Who has collected it gives that back: a new transfer to its sender, collected at once. All that they have collected of it goes back to the account that it came from, by a transfer whose `refundOf` names this one. Once for each who has collected, and all of it: for a part, make a transfer. What an ask was paid by stands in its `parts`. `key` may be left out, as a second refund is refused; with one, a refusal is remembered, too.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/refund': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: Transfer
  }
  /** Say where the transfer is shown, so that the card is redrawn when it changes. For bots: names the message in which the card hangs. From then on each change of the transfer queues a redraw of it, which the bot takes as a delivery.
   *
   * It takes a token that may do `all`. */
  'POST /v1/transfers/{id}/cards': {
    path: {
      id: string
    }
    body: {
      messenger: string
      chat: string
      message: string
      /** BCP 47 */
      language: string
      /** The state that the card shows */
      drawn: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
      /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
      picture?: boolean
      /** Whether it is the card that was to be posted: then nobody else posts it */
      posted?: boolean
    }
    answer: undefined
  }
  /** Where the transfer is shown. For bots: the messages in which its card hangs, in all messengers.
   *
   * It takes a token that may do `all`. */
  'GET /v1/transfers/{id}/cards': {
    path: {
      id: string
    }
    answer: {
      items: Card[]
    }
  }
  /** Who wants to collect a transfer whose sender confirms that, in their turns. Everybody who has tried, with what the sender has said to each; `turn` names them for a yes or a no.
   *
   * It takes a token that may `read`; its app has to be an end of the transfer, as the answer has the code. */
  'GET /v1/transfers/{id}/askers': {
    path: {
      id: string
    }
    answer: {
      items: Asker[]
    }
  }
  /** The sender says that this is the one: the money becomes theirs at once. The transfer is collected by who has asked in that turn, and is over for all others. Where that fails the yes stays, and the same request tries again.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/askers/{turn}/yes': {
    path: {
      id: string
      turn: number
    }
    body: {
      by: Person
    }
    answer: {
      asker: Asker
      transfer: Transfer
      amount: string
    }
  }
  /** The sender says that this is not the one: they are told, and it stays open for others. They can't ask for this transfer again. Moves nothing.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/transfers/{id}/askers/{turn}/no': {
    path: {
      id: string
      turn: number
    }
    body: {
      by: Person
    }
    answer: Asker
  }
  /** Collect: the money in the transfer becomes theirs; or, where its sender confirms that, once they say yes. Give the `code`; or `transfer`, its id, where you know who has pressed a button; or `phrase`, the words that open it. With the answer the money is in the account of `by`. Of a red packet each gets one share, once. Send a `key` along: a retry then collects nothing twice.
   *
   * It takes a token that may `collect`, for who acts. */
  'POST /v1/claims': {
    body: Claim
    answer: {
      transfer: Transfer
      /** null: they take part in what pays at its end */
      amount: string | null
      /** Their number among those who take part */
      turn: number | null
    }
  }
  /** Collect many at once, each for itself and in no promised order: one that is refused hinders no other. Up to 500, each as by `POST /v1/claims`. The answer is 200 even where all of them were refused: look at each item.
   *
   * It takes a token that may `collect`, for who acts. */
  'POST /v1/claims:batch': {
    body: {
      items: Claim[]
    }
    answer: {
      items: ({
        transfer: Transfer
        /** null: they take part in what pays at its end */
        amount: string | null
        /** Their number among those who take part */
        turn: number | null
      } | {
        problem: Problem
      })[]
    }
  }
  /** Offer a transfer for ten minutes: what it would be if it were made now, or why it would be refused; moves nothing. For inline messages, where it is not known yet whether they are sent: the offer becomes a transfer by `POST /v1/offers/{id}/make`, once.
   *
   * It takes a token that may do `all`. */
  'POST /v1/offers': {
    body: CreateOffer
    answer: Offer
  }
  /** The sender takes back what they have offered and what hangs nowhere yet: all of it, or one. What was made a transfer already is cancelled as any transfer is.
   *
   * It takes a token that may do `all`. */
  'POST /v1/offers/revoke': {
    body: {
      by: Person
      id?: string
    }
    answer: {
      revoked: number
    }
  }
  /** An offer as it stands. Its terms, and which transfer was made of it.
   *
   * It takes a token that may do `all`. */
  'GET /v1/offers/{id}': {
    path: {
      id: string
    }
    answer: Offer
  }
  /** Make the transfer: once, and in the message alone that is named first; again, it is the same transfer. The money leaves the sender's account now, as by `POST /v1/transfers`.
   *
   * It takes a token that may do `all`. */
  'POST /v1/offers/{id}/make': {
    path: {
      id: string
    }
    body: {
      by: Person
      place: {
        chat: string
        message: string
      }
      /** Where its card is to hang, if that is not the message of the offer */
      card?: {
        messenger: string
        chat: string
        /** What else the messenger needs to post there, in its own form */
        details?: string
        /** BCP 47 */
        language: string
        /** Whether it shows the picture to pass on (`link` + `/card.png`) in place of the plain QR code */
        picture?: boolean
      }
    }
    answer: Transfer
  }
  /** What a person has offered and can still take back: it hangs nowhere yet. Neither what was made already nor what is over is among it.
   *
   * It takes a token that may do `all`. */
  'GET /v1/people/{messenger}/{id}/offers': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      items: Offer[]
    }
  }
  /** Whether your request with this key was answered already: the same one again would move nothing. For a request whose answer was lost. Keys are each token's own.
   *
   * It takes any token. */
  'GET /v1/requests/{key}': {
    path: {
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key: string
    }
    answer: {
      answered: boolean
    }
  }
  /** Those in a group, as far as they have lately sent or collected there, who go by a handle or a first name. For bots, which ask back where several are called so. Ten at most.
   *
   * It takes a token that may do `all`. */
  'GET /v1/people/{messenger}': {
    path: {
      messenger: string
    }
    query: {
      called: string
      /** The messenger's own id */
      group: string
    }
    answer: {
      items: Identity[]
    }
  }
  /** What a person has. Somebody whom nobody has met has nothing.
   *
   * It takes a token that may `read`, for them. */
  'GET /v1/people/{messenger}/{id}/balances': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      balances: {
        asset: string
        amount: string
      }[]
    }
  }
  /** What a person sent and received, newest first. `next` is the cursor of the page after this one; null at the end.
   *
   * It takes a token that may `read`, for them. */
  'GET /v1/people/{messenger}/{id}/history': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    query?: {
      state?: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
      cursor?: string
      limit?: number
    }
    answer: {
      items: {
        direction: 'sent' | 'received'
        /** What they sent, or received of it themselves */
        amount: string
        transfer: TransferItem
      }[]
      next: string | null
    }
  }
  /** Say by which handle, name and language somebody goes now. A label that is left out stays as it is, one of null is removed. Cards that show them without a name are redrawn.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/people/{messenger}/{id}': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: Labels
    answer: undefined
  }
  /** Erase what a person is called, in all messengers. Ids, transfers with their notes, and trails stay; labels come back with whatever tells them again. Their browsers are signed out, and what they wrote to the operators is deleted. Doing it again changes nothing.
   *
   * It takes a token that may do `all`. */
  'POST /v1/people/{messenger}/{id}/forget': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: undefined
  }
  /** Whether a person is told in private that something waits for them, and mentioned on its card. It holds for all their messengers; cards and books are as they are either way.
   *
   * It takes a token that may do `all`. */
  'GET /v1/people/{messenger}/{id}/notices': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: Notices
  }
  /** Turn that on or off, as the person wants it. It holds for all their messengers. Doing it again changes nothing.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/people/{messenger}/{id}/notices': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      on: boolean
    }
    answer: Notices
  }
  /** A one-time ticket that signs a browser in as somebody, for two minutes. For a page of yours that posts it: the browser is signed in as `by` from then on. Show it to nobody else.
   *
   * It takes a token that may do `all`. */
  'POST /v1/tickets': {
    body: {
      by: Person
    }
    answer: {
      ticket: string
    }
  }
  /** A group's transfers, newest first, with totals of all that match. The books of the group, with those of chats that were joined to it. `next` is the cursor of the page after this one; the totals are of all pages.
   *
   * It takes a token that may `read`, for the group. */
  'GET /v1/groups/{messenger}/{id}/history': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    query?: {
      state?: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
      asset?: string
      /** packet: a red packet; payment: for a request or a pool; refund: what was given back; contribution, payout: into and out of the treasury; transfer: none of these */
      kind?: 'transfer' | 'packet' | 'payment' | 'refund' | 'contribution' | 'payout'
      since?: string
      until?: string
      cursor?: string
      limit?: number
    }
    answer: {
      items: TransferItem[]
      next: string | null
      totals: {
        asset: string
        state: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
        transfers: number
        amount: string
      }[]
    }
  }
  /** The messenger has given the group another id; its history stays with it. For bots: books, rules and treasury go on under the new id. Doing it again changes nothing.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/move': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      /** The messenger's own id */
      to: string
    }
    answer: undefined
  }
  /** A group's rules; a chat that was joined to another group has that one's. Of a chat that nobody has met, the rules that hold by default.
   *
   * It takes a token that may `read`, for the group. */
  'GET /v1/groups/{messenger}/{id}/rules': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      rules: GroupRules
      /** That the people of the group's chats deal in */
      assets: string[]
      /** That the group keeps */
      lists: {
        id: string
        name: string
      }[]
    }
  }
  /** An admin sets the rules of a group; what has changed is appended to its trail. They replace all that were there, and hold at once; in other processes within seconds.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/groups/{messenger}/{id}/rules': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      rules: GroupRules
    }
    answer: {
      rules: GroupRules
      /** That the people of the group's chats deal in */
      assets: string[]
      /** That the group keeps */
      lists: {
        id: string
        name: string
      }[]
    }
  }
  /** What rules would have refused in the last 30 days; changes nothing. Decides the group's transfers of these days again, by the rules that are asked about.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/rules/rehearse': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      rules: GroupRules
    }
    answer: Rehearsal
  }
  /** What a group's treasury has; whether somebody may see it is for the bot to find out. A chat that was joined to a group has that group's. Of a chat that nobody has met it is empty.
   *
   * It takes a token that may `read`, for the group. */
  'GET /v1/groups/{messenger}/{id}/treasury': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      balances: {
        asset: string
        amount: string
        planned: string
      }[]
    }
  }
  /** Somebody's money goes into the group's treasury, at once. From the account of `from`, by a transfer that is collected with the answer. The rules of the group hold as for any transfer.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/groups/{messenger}/{id}/contributions': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: Contribution
    answer: Transfer
  }
  /** An admin pays one person, or many, out of the group's treasury: all of them, or where anything is wrong nobody. Each gets a transfer of their own, which they collect, and which comes back to the treasury where they don't. Where the rules of the group ask for approvals nobody can collect before these. Send a `key` along: a retry then pays nobody twice.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/groups/{messenger}/{id}/payouts': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: CreatePayout
    answer: {
      payout: Payout
      transfer: Transfer | null
    }
  }
  /** A payout as it stands. How many of its people were paid, have collected, or were refused, and which approvals it has.
   *
   * It takes a token that may `read`, for the group that pays. */
  'GET /v1/payouts/{id}': {
    path: {
      id: string
    }
    answer: Payout
  }
  /** Who gets what in a payout, and what has become of it. A page of its items in their order; none of a payout that there is not.
   *
   * It takes a token that may `read`, for the group that pays. */
  'GET /v1/payouts/{id}/items': {
    path: {
      id: string
    }
    query?: {
      state?: 
        | 'planned'
        | 'refused'
        | 'open'
        | 'collected'
        | 'cancelled'
        | 'declined'
        | 'returned'
      cursor?: number
      limit?: number
    }
    answer: {
      items: PayoutItem[]
      next: number | null
    }
  }
  /** One more admin approves it; with the last one that it needs it can be collected. Never by who asked for it, nor twice by the same. The messenger is asked again whether they are an admin.
   *
   * It takes a token that may do `all`. */
  'POST /v1/payouts/{id}/approvals': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: Payout
  }
  /** An admin takes back what nobody has collected of it. It is in the treasury again. It stands in the trail of the group.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/payouts/{id}/cancel': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: Payout
  }
  /** Collect what a payout has for oneself. Without a code: who asks is found among its items, by their id or the handle that the messenger has told.
   *
   * It takes a token that may `collect`, for who acts. */
  'POST /v1/payouts/{id}/claims': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: {
      transfer: TransferItem
      amount: string
    }
  }
  /** Say where a payout is shown, so that the card is redrawn when it changes. For bots: names the message in which its card hangs.
   *
   * It takes a token that may do `all`. */
  'POST /v1/payouts/{id}/cards': {
    path: {
      id: string
    }
    body: {
      messenger: string
      chat: string
      message: string
      /** BCP 47 */
      language: string
    }
    answer: undefined
  }
  /** Ask somebody, several, or whoever pays first, for money; nothing moves. With `parts` each of them is asked for theirs, in private where they are known; without, one payment by whoever comes first settles it, and the answer has a `page` to lead a customer to. A `pool` takes what people give until it has its `amount`. It is answered by `POST /v1/asks/{id}/payments`.
   *
   * It takes a token that may `ask`, for who acts. */
  'POST /v1/asks': {
    body: CreateAsk
    answer: Ask
  }
  /** What was asked for, and who has paid. Its state, its parts and what was paid of each. What whoever comes first may pay is told to who has asked and to who has paid; others look at its `page`.
   *
   * It takes a token that may `read`, for who asks, or who is asked. */
  'GET /v1/asks/{id}': {
    path: {
      id: string
    }
    answer: Ask
  }
  /** Codes by which it can be paid in other systems, which tell nobody here: it stays open then. Whoever shows such a code to a payer looks for the money where it goes, by its reference, and has the ask paid here.
   *
   * It takes a token that may `read`, for who asks, or who is asked. */
  'GET /v1/asks/{id}/codes': {
    path: {
      id: string
    }
    answer: AskCodes
  }
  /** Pay what it asks of oneself, which who asked has at once; or give for a pool. The amount of one's part goes from the account of `by` to who asked, in one step; a part is paid once. What is given for a pool waits for the goal, and goes back if the pool ends without it.
   *
   * It takes a token that may `send`, for who acts. */
  'POST /v1/asks/{id}/payments': {
    path: {
      id: string
    }
    body: {
      by: Person
      /** What one gives for a pool. Of what one is asked for it may be left out */
      amount?: string
      /** A retry with the same key and content gets the first answer, a refusal, too; labels are no content. All calls of a token share their keys: for a refund take another one than for the order. Left out: a retry is a new request. A key is kept for 90 days, or as long as the operator has set; after that it is a new one */
      key?: string
    }
    answer: {
      ask: Ask
      transfer: TransferItem
    }
  }
  /** Who asked ends it: what was paid stays paid, what was given for a pool goes back. Nobody can pay it from then on.
   *
   * It takes a token that may `ask`, for who acts. */
  'POST /v1/asks/{id}/end': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: Ask
  }
  /** Who asked has those told in private who have not paid, once a day at most. Each who is named and has not paid gets a private message. Moves nothing.
   *
   * It takes a token that may `ask`, for who acts. */
  'POST /v1/asks/{id}/reminders': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: {
      told: number
    }
  }
  /** Where it is shown. For bots: the messages in which its card hangs, in all messengers.
   *
   * It takes a token that may do `all`. */
  'GET /v1/asks/{id}/cards': {
    path: {
      id: string
    }
    answer: {
      items: {
        id: string
        messenger: string
        chat: string
        message: string
        /** BCP 47 */
        language: string
      }[]
    }
  }
  /** Say where it is shown, so that the card is redrawn when it changes. For bots: names the message in which its card hangs, so that each payment has it redrawn, by a delivery.
   *
   * It takes a token that may do `all`. */
  'POST /v1/asks/{id}/cards': {
    path: {
      id: string
    }
    body: {
      messenger: string
      chat: string
      message: string
      /** BCP 47 */
      language: string
      /** Whether it is the card that was to be posted when it was asked for */
      posted?: boolean
    }
    answer: undefined
  }
  /** Put money into circulation, or take it out. `to` somebody, new money of the issuer; `from` somebody, what they have goes back to it. It is in their account, or gone, with the answer. Send a `key` along: a retry then issues nothing twice.
   *
   * It takes a token that may `issue`, for whom it is; and `by` one that may do `all`. */
  'POST /v1/issues': {
    body: Issue
    answer: TransferItem
  }
  /** A code by which an admin of another chat joins that one to this group, once, within ten minutes. Changes nothing yet: the other admin uses it in their chat, by `POST /v1/groups/{messenger}/{id}/join`.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/join-codes': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      /** A label. One that cannot be used is dropped, and stays as it was. */
      title?: string
    }
    answer: {
      code: string
      expiresAt: string
    }
  }
  /** Join a chat to the group of a code: one book from then on, with its rules and its treasury. What the chat's own treasury has moves to that of the group. The code is used up. It stands in the trails of both.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/join': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      /** A label. One that cannot be used is dropped, and stays as it was. */
      title?: string
      code: string
    }
    answer: {
      /** The chat that the group is shown by */
      group: {
        messenger: string
        id: string
        title: string | null
      }
    }
  }
  /** Part a chat from the group that it was joined to: its books are its own again; money stays there. Its rules are those that it had before it was joined.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/part': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      /** A label. One that cannot be used is dropped, and stays as it was. */
      title?: string
    }
    answer: {
      /** The chat that the group is shown by */
      group: {
        messenger: string
        id: string
        title: string | null
      }
    }
  }
  /** Whom admins of a chat have named to be one, too. For messengers that do not tell who the admins of a group are.
   *
   * It takes a token that may do `all`. */
  'GET /v1/groups/{messenger}/{id}/named-admins': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      items: Identity[]
    }
  }
  /** Name somebody an admin of a chat, or take that back: for messengers that tell no admins of their groups. It stands in the trail of the group. Doing it again changes nothing.
   *
   * It takes a token that may do `all`. */
  'POST /v1/groups/{messenger}/{id}/named-admins': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    body: {
      by: Person
      who: Person
      isNamed: boolean
      /** A label. One that cannot be used is dropped, and stays as it was. */
      title?: string
    }
    answer: {
      items: Identity[]
    }
  }
  /** A link that signs a browser in as somebody, once, within ten minutes: nobody else may read it. The link leads to a page with a button, as previews open every link; the button signs in, and leads on.
   *
   * It takes a token that may do `all`. */
  'POST /v1/links': {
    body: {
      by: Person
      /** Their own statement, the receipts of what is theirs, the pages of operators, or the books of a group */
      to: 'statement' | 'proof' | 'operators' | {
        group: {
          messenger: string
          /** The messenger's own id */
          id: string
          /** A label. One that cannot be used is dropped, and stays as it was. */
          title?: string
        }
      }
      /** Which of these pages, by what follows in its address */
      next?: string
    }
    answer: {
      link: string
      expiresAt: string
      /** Whether they are an operator */
      isOperator: boolean
    }
  }
  /** A code by which somebody links their identity in another messenger, once, within ten minutes. They type it there, which `POST /v1/identity-links` passes on. Show it to nobody else.
   *
   * It takes a token that may do `all`. */
  'POST /v1/identity-links/codes': {
    body: {
      by: Person
    }
    answer: {
      code: string
      expiresAt: string
    }
  }
  /** Make a code useless that others have seen. It does not tell whether there was such a code.
   *
   * It takes a token that may do `all`. */
  'POST /v1/identity-links/codes/spoil': {
    body: {
      code: string
    }
    answer: undefined
  }
  /** Use a code up: whoever had it made is asked, by a delivery, whether this is them, too. Both have to confirm it. Nothing is linked yet: both sides see the other one, and say yes or no.
   *
   * It takes a token that may do `all`. */
  'POST /v1/identity-links': {
    body: {
      by: Person
      code: string
    }
    answer: {
      id: string
      /** Who the other one is */
      other: Identity
      expiresAt: string
    }
  }
  /** One side says yes. With the second yes the two are one person: what they have comes together. The other side is told by a delivery. Balances of the two come together in envelopes that are collected at once, and either messenger reaches all of it from then on.
   *
   * It takes a token that may do `all`. */
  'POST /v1/identity-links/{id}/confirm': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: {
      /** false: the other side has not confirmed it yet */
      linked: boolean
      /** Who the other one is */
      other: Identity
    }
  }
  /** One side says no: nothing happens, and nobody can confirm it any more. The other side is not told; its yes, if it was given, is of no use any more.
   *
   * It takes a token that may do `all`. */
  'POST /v1/identity-links/{id}/refuse': {
    path: {
      id: string
    }
    body: {
      by: Person
    }
    answer: undefined
  }
  /** Which identities are one person with this one, and what has linked and unlinked them: for their own eyes. Moves and changes nothing. Nobody else may be shown who they are elsewhere.
   *
   * It takes a token that may do `all`. */
  'GET /v1/people/{messenger}/{id}/links': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      /** This one among them */
      identities: Identity[]
      events: {
        kind: 'link' | 'unlink'
        at: string
        /** Which came along, or has left */
        identity: Identity
        /** Of a link */
        with: Identity | null
      }[]
    }
  }
  /** Part an identity from the others: it is a person of its own then, who has nothing. Money, history and what is open stay with the others. The other identities are told by a delivery.
   *
   * It takes a token that may do `all`. */
  'POST /v1/people/{messenger}/{id}/unlink': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      /** Who the other one is */
      other: Identity
    }
  }
  /** Write to the operators: it waits in their inbox. The same words on the same day come once. Ten a day of one person at most. They read it on their pages; nothing is sent out.
   *
   * It takes a token that may do `all`. */
  'POST /v1/feedback': {
    body: {
      by: Person
      /** Where it was written */
      group?: {
        messenger: string
        /** The messenger's own id */
        id: string
        /** A label. One that cannot be used is dropped, and stays as it was. */
        title?: string
      } | null
      text: string
    }
    answer: undefined
  }
  /** The assets that people of a messenger deal in; the first is meant when none is named. With their decimals, the most that one transfer holds, and how long a transfer stays open.
   *
   * It takes any token. */
  'GET /v1/assets': {
    query: {
      messenger: string
    }
    answer: {
      items: Asset[]
    }
  }
  /** Take deliveries to make; waits for the first. For bots: cards to post or redraw, private messages, questions about members. What is neither done nor failed within a minute comes again. Bots of one messenger may take in several processes.
   *
   * It takes a token that may do `all`. */
  'POST /v1/deliveries/{messenger}/take': {
    path: {
      messenger: string
    }
    body: {
      limit?: number
      seconds?: number
    }
    answer: {
      items: (
        | {
        id: string
        kind: 'post'
        transfer: Transfer
        target: Target
      }
        | {
        id: string
        kind: 'redraw'
        transfer: Transfer
        card: Card
      }
        | {
        id: string
        kind: 'notice'
        transfer: Transfer
        notice: 
          | 'collected'
          | 'shared'
          | 'drawn'
          | 'declined'
          | 'returned'
          | 'refunded'
          | 'received'
          | 'unconfirmed'
          | 'waiting'
          | 'reminder'
          | 'poolReached'
          | 'poolGiven'
          | 'poolEnded'
          | 'poolShort'
        to: Identity & {
          language: string | null
        }
      }
        | {
        id: string
        kind: 'asker'
        transfer: Transfer
        asker: Asker
        to: Identity & {
          language: string | null
        }
      }
        | {
        id: string
        kind: 'unpaid'
        to: Identity & {
          language: string | null
        }
        list: string
        amount: string
        asset: string
        refusal: string
      }
        | {
        id: string
        kind: 'webhook-off'
        to: Identity & {
          language: string | null
        }
        app: string
        host: string
      }
        | {
        id: string
        kind: 'payout-post'
        payout: Payout
        target: Target
      }
        | {
        id: string
        kind: 'payout-redraw'
        payout: Payout
        card: {
          id: string
          messenger: string
          chat: string
          message: string
          /** BCP 47 */
          language: string
        }
      }
        | {
        id: string
        kind: 'ask-post'
        ask: Ask
        target: Target
      }
        | {
        id: string
        kind: 'ask-redraw'
        ask: Ask
        card: {
          id: string
          messenger: string
          chat: string
          message: string
          /** BCP 47 */
          language: string
        }
      }
        | {
        id: string
        kind: 'asked'
        ask: Ask
        amount: string
        to: Identity & {
          language: string | null
        }
      }
        | {
        id: string
        kind: 'link'
        about: 'asked' | 'linked' | 'unlinked'
        request: string | null
        other: Identity
        to: Identity & {
          language: string | null
        }
      }
        | {
        id: string
        kind: 'member'
        chat: string
        person: {
          messenger: string
          id: string
        }
      })[]
    }
  }
  /** It was made. For bots: the delivery is over, and does not come again.
   *
   * It takes a token that may do `all`. */
  'POST /v1/deliveries/{messenger}/{id}/done': {
    path: {
      messenger: string
      id: string
    }
    query?: {
      /** The state that a card shows now, where one was drawn anew */
      drawn?: 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'
    }
    answer: undefined
  }
  /** It could not be made; it comes again with growing pauses, unless that is of no use. For bots: the reason stands in the log of the service.
   *
   * It takes a token that may do `all`. */
  'POST /v1/deliveries/{messenger}/{id}/failed': {
    path: {
      messenger: string
      id: string
    }
    body: {
      reason: string
      /** There is no use in trying again */
      final?: boolean
      /** Whether it is one of the tries after which it is given up: not where the messenger as a whole is out of reach, or makes it wait */
      counts?: boolean
    }
    answer: undefined
  }
  /** The bot can reach these chats: cards there that are out of date are drawn anew. For bots that were away, or were let into a chat again: queues a redraw for each such card.
   *
   * It takes a token that may do `all`. */
  'POST /v1/chats/{messenger}/reached': {
    path: {
      messenger: string
    }
    body: {
      chats: string[]
    }
    answer: undefined
  }
  /** What the messenger says now of somebody in a chat; it holds for a minute. For bots: the answer to a delivery of kind `member`, or what they have just seen by themselves. Rules, treasuries and what is for members go by it.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/chats/{messenger}/{chat}/members/{id}': {
    path: {
      messenger: string
      /** The messenger's own id */
      chat: string
      /** The messenger's own id */
      id: string
    }
    body: {
      /** null: the messenger does not tell */
      admin: boolean | null
      /** null: the messenger does not tell */
      member: boolean | null
      /** Since when, where the messenger tells */
      since?: string
    }
    answer: undefined
  }
  /** Who was seen in a chat: whoever was there before a red packet may take it where that is asked for. For bots: notes since when somebody is known to be there.
   *
   * It takes a token that may do `all`. */
  'POST /v1/chats/{messenger}/{chat}/seen': {
    path: {
      messenger: string
      /** The messenger's own id */
      chat: string
    }
    body: {
      people: {
        /** The messenger's own id */
        id: string
        /** there: they wrote or pressed something. Whoever leaves and comes back was not there before */
        what: 'there' | 'joined' | 'left'
        /** At that moment, or before it */
        at: string
      }[]
    }
    answer: undefined
  }
  /** Numbers what a message offers, for people to type where there are no buttons. For bots of messengers without buttons: each action gets a number that is this chat's own.
   *
   * It takes a token that may do `all`. */
  'POST /v1/chats/{messenger}/{chat}/choices': {
    path: {
      messenger: string
      /** The messenger's own id */
      chat: string
    }
    body: {
      /** In a form of the bot’s own. What this chat was offered before keeps its number */
      actions: string[]
    }
    answer: {
      numbers: number[]
    }
  }
  /** What somebody has chosen who types that number in that chat. For bots: the action that has this number there.
   *
   * It takes a token that may do `all`. */
  'GET /v1/chats/{messenger}/{chat}/choices/{number}': {
    path: {
      messenger: string
      /** The messenger's own id */
      chat: string
      number: number
    }
    answer: {
      action: string | null
    }
  }
  /** A messenger runs; said again each minute, as it is forgotten after three. For bots: claim pages offer its link from then on.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/messengers/{messenger}': {
    path: {
      messenger: string
    }
    body: {
      title: string
      /** Opens the messenger; `{code}` stands for the code, where its links can carry one */
      link: string
    }
    answer: undefined
  }
  /** A messenger has ended; where no other process runs it, it is forgotten in about a minute. For bots: claim pages offer its link no longer.
   *
   * It takes a token that may do `all`. */
  'DELETE /v1/messengers/{messenger}': {
    path: {
      messenger: string
    }
    answer: undefined
  }
  /** A bot acts in a messenger; answers which one was the first to do so. For bots whose messenger numbers messages for each bot anew.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/messengers/{messenger}/bots/{bot}': {
    path: {
      messenger: string
      /** The messenger's own id */
      bot: string
    }
    answer: {
      first: string
    }
  }
  /** What a bot has kept of a workspace that has installed it. For bots that are installed in many workspaces: what they have sealed, as it was put.
   *
   * It takes a token that may do `all`. */
  'GET /v1/messengers/{messenger}/installations/{workspace}': {
    path: {
      messenger: string
      /** The messenger's own id */
      workspace: string
    }
    answer: {
      sealed: string | null
    }
  }
  /** A workspace has installed a bot; what was kept of it before is replaced. For bots: it is kept as it is, encrypted by the bot.
   *
   * It takes a token that may do `all`. */
  'PUT /v1/messengers/{messenger}/installations/{workspace}': {
    path: {
      messenger: string
      /** The messenger's own id */
      workspace: string
    }
    body: {
      /** Base64url, encrypted by the bot: the core can’t read it */
      sealed: string
    }
    answer: undefined
  }
  /** A workspace has a bot no longer. For bots: what was kept of it is deleted. Doing it again changes nothing.
   *
   * It takes a token that may do `all`. */
  'DELETE /v1/messengers/{messenger}/installations/{workspace}': {
    path: {
      messenger: string
      /** The messenger's own id */
      workspace: string
    }
    answer: undefined
  }
  /** What is owed to all holders of an asset, one root for each asset and day, the newest first. For anyone, without a token. Each root is a hash over all balances of its day, and names the one before it: who keeps one can check later that nothing was changed.
   *
   * It takes no token. */
  'GET /v1/roots': {
    query?: {
      cursor?: number
      limit?: number
    }
    answer: {
      items: Root[]
      next: number | null
    }
  }
  /** Receipts which prove that what a person has is counted in the latest root of each asset. With the hashes on the way from their balance to the root. The page `/proof` checks them in a browser, and `/verify.mjs` without one.
   *
   * It takes a token that may `read`, for them. */
  'GET /v1/people/{messenger}/{id}/receipts': {
    path: {
      messenger: string
      /** The messenger's own id */
      id: string
    }
    answer: {
      items: Receipt[]
    }
  }
  /** Has a URL told what happens to all that the token may read. From then on each such event is posted there, signed with the secret of the answer, until it is taken. What it looks like, and how to verify it, stands under the webhook `event`. Each call makes another webhook, also for the same URL: 20 of a token at most.
   *
   * It takes a token that may `read`, for its own. */
  'POST /v1/webhooks': {
    body: {
      /** Public, by https; in networks that the operator allows (`WEBHOOK_NETWORKS`) by http, too. A name is looked up each time something is sent */
      url: string
      /** Left out: all. For a shop `ask.completed` will do */
      events?: (
        | 'transfer.created'
        | 'transfer.approved'
        | 'transfer.extended'
        | 'transfer.claimed'
        | 'transfer.cancelled'
        | 'transfer.declined'
        | 'transfer.returned'
        | 'ask.paid'
        | 'ask.completed')[]
    }
    answer: Webhook & {
      /** Signs its messages by the scheme of Standard Webhooks; told here alone */
      secret: string
    }
  }
  /** The webhooks of the token. Those that were turned off are among them, with when that was.
   *
   * It takes a token that may `read`, for its own. */
  'GET /v1/webhooks': {
    answer: {
      items: Webhook[]
    }
  }
  /** One of them. Its state tells whether its messages arrive: `on`, `failing` or `off`.
   *
   * It takes a token that may `read`, for its own. */
  'GET /v1/webhooks/{id}': {
    path: {
      id: string
    }
    answer: Webhook
  }
  /** Ends a webhook, with all that waits for it. What was not delivered is not sent any more, and can't be looked up.
   *
   * It takes a token that may `read`, for its own. */
  'DELETE /v1/webhooks/{id}': {
    path: {
      id: string
    }
    answer: undefined
  }
  /** Makes another secret; for a day the one before signs each message, too. For a secret that others have seen, or that was lost: put the new one into the receiver within that day.
   *
   * It takes a token that may `read`, for its own. */
  'POST /v1/webhooks/{id}/secret': {
    path: {
      id: string
    }
    answer: {
      /** Signs its messages by the scheme of Standard Webhooks; told here alone */
      secret: string
    }
  }
  /** Turns a webhook on again, or has it tried at once: all that waits for it is sent. For a receiver that works again. What happened while it was off is not told.
   *
   * It takes a token that may `read`, for its own. */
  'POST /v1/webhooks/{id}/on': {
    path: {
      id: string
    }
    answer: Webhook
  }
  /** What a webhook was told in the last 30 days, or is to be told, with each attempt; the newest first. For whoever looks why something has not arrived: when it was tried, and what the receiver has answered.
   *
   * It takes a token that may `read`, for its own. */
  'GET /v1/webhooks/{id}/deliveries': {
    path: {
      id: string
    }
    query?: {
      cursor?: string
      limit?: number
    }
    answer: {
      items: WebhookDelivery[]
      next: string | null
    }
  }
  /** Sends something once more, also where it has arrived. With the same `webhook-id`, by which the receiver knows it again.
   *
   * It takes a token that may `read`, for its own. */
  'POST /v1/webhooks/{id}/deliveries/{delivery}/redeliver': {
    path: {
      id: string
      delivery: string
    }
    answer: WebhookDelivery
  }
}
