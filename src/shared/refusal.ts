/**
 * Everything that the core can refuse. The codes are stable, as programs and translations rely on them. Each has its HTTP
 * status and a sentence in English; `{{name}}` stands for a detail.
 */
const refusals = {
  invalid_request: [400, 'The request is not of the right form: {{problem}}'],
  unauthorized: [401, 'This call needs a bearer token made by `passalong token`.'],
  token_ended: [401, 'The time of this token is over. The operator makes another one: `passalong token`.'],
  not_allowed_by_token: [
    403,
    'The token does not allow that. It takes one that was made with: passalong token NAME {{scope}}',
  ],
  token_transfer_limit: [403, 'With this token one transfer holds {{most}} {{asset}} at most.'],
  token_day_limit: [
    403,
    'With this token {{most}} {{asset}} can be sent a day at most, and {{sent}} {{asset}} were sent today.',
  ],
  app_unknown: [404, 'There is no app {{name}}. An app has the name of its token.'],
  signed_out: [401, 'Nobody is signed in. The bot gives a link: /history.'],
  not_member: [403, 'Only people in the group may do that.'],
  not_admin: [403, 'Only an admin of the group may do that.'],
  admins_unknown: [503, 'The messenger does not tell who the admins of the group are. Ask again soon.'],
  not_operator: [403, 'Only an operator may do that.'],
  not_open_yet: [403, 'The service is not open for them yet: they can collect, but not send.'],
  winding_down: [
    409,
    'The service is being wound down: nothing new can be sent. What was sent can still be collected or taken back.',
  ],
  route_not_found: [404, 'There is nothing at this address.'],
  invalid_amount: [422, '"{{typed}}" is not an amount. Amounts look like 20, 20.5 or 1.2k.'],
  amount_ambiguous: [422, '"{{typed}}" can be read in two ways. Write it like 1234 or 1.50.'],
  too_many_decimals: [422, '"{{typed}}" has too many decimals: {{asset}} has {{scale}}.'],
  amount_too_small: [422, 'The amount must be above zero.'],
  too_many_shares: [422, 'So little has no more than {{most}} shares: {{amount}} {{asset}}.'],
  amount_too_large: [422, 'One transfer holds {{max}} {{asset}} at most.'],
  name_or_phrase: [
    422,
    'Whoever has the link gets {{most}} {{asset}} at most. For more, name somebody, or have words open it.',
  ],
  settlement_too_large: [
    422,
    'A red packet that pays by lot at its end, or is split then, holds {{most}} {{asset}} at most: of more the sender confirms each taker. Send it without a time.',
  ],
  unknown_asset: [422, 'There is no asset {{asset}}. There are: {{assets}}.'],
  asset_unclear: [422, 'Which asset is meant? Name one of: {{assets}}.'],
  own_transfer: [409, 'The transfer is your own: somebody else collects it, or you cancel it.'],
  insufficient_funds: [409, 'Not enough: {{amount}} {{asset}} asked, {{balance}} {{asset}} there.'],
  taken_back_before: [409, 'It was taken back before: {{amount}} {{asset}}.'],
  on_hold: [403, 'The operators have put this account on hold.'],
  transfer_not_found: [404, 'There is no such transfer. Check the code.'],
  already_collected: [409, 'Somebody has collected it already.'],
  already_yours: [409, 'You have collected it already; it is yours.'],
  not_for_you: [403, 'It is for somebody else.'],
  members_only: [403, 'It is for members of the group in which it was sent.'],
  not_here_before: [
    403,
    'It is for those who are known to have been in the group before it was sent. You are known there from now on.',
  ],
  listed_only: [403, 'It is for those on a list of the group in which it was sent.'],
  members_unknown: [
    409,
    'It is for members of the group in which it was sent, and its messenger does not say now whether you are one.',
  ],
  awaiting_sender: [
    409,
    'The sender is asked whether you are the one; the money comes as soon as they say yes.',
  ],
  sender_said_no: [403, 'The sender has said that you are not the one.'],
  too_many_askers: [
    409,
    'So many want to collect it that the sender has to answer some of them first. Try again later.',
  ],
  asker_not_found: [404, 'Nobody wants to collect it under that number.'],
  asker_answered: [409, 'The sender has answered them already.'],
  awaiting_approval: [409, 'It waits for admins to approve it; then it can be collected.'],
  handle_not_told: [403, 'It is for whoever goes by @{{handle}} now: say which handle the messenger tells.'],
  phrase_unknown: [
    404,
    'Nothing opens by these words. Check them: blanks, capitals and punctuation do not count, letters do.',
  ],
  phrase_needed: [403, 'It opens by its words alone. Whoever has sent it tells them.'],
  phrase_paused: [429, 'Too many wrong words were tried. Try again in {{minutes}} minutes.'],
  phrase_weak: [
    422,
    'These words are too easy to guess for {{amount}} {{asset}}. It takes {{words}} words that do not belong together, of 12 letters in all, or {{characters}} Chinese characters that do not; or leave them out, and some are made.',
  ],
  phrase_taken: [409, 'These words cannot be used. Choose others, or leave them out, and some are made.'],
  phrase_chosen: [409, 'Its sender has chosen the words: nobody else knows them.'],
  no_phrase: [409, 'It opens by its code, not by words.'],
  wrong_asset: [403, 'It is {{asset}}, which people of that messenger do not deal in.'],
  expired: [410, 'Its time is over: it goes back to the sender.'],
  settles_too_late: [422, 'Lots are drawn after {{minutes}} minutes at the latest.'],
  drawing: [410, 'Its time is over: lots are drawn at this moment, and it shows who gets something.'],
  entered_already: [409, 'You take part already, with number {{turn}}.'],
  cancelled: [410, 'The sender has cancelled it.'],
  declined: [410, 'It was declined, and went back to the sender.'],
  not_sender: [403, 'Only its sender may do that.'],
  not_recipient: [403, 'Only the one whom it is for may decline it.'],
  not_collector: [403, 'Only who has collected it can give it back.'],
  not_refundable: [409, 'It came from the issuer, or was given back itself: that cannot be given back.'],
  refunded_already: [409, 'It was given back already.'],
  extended_already: [409, 'Its time was lengthened before: that works once.'],
  reissued_meanwhile: [409, 'It got another code at this moment. Ask again.'],
  not_named: [409, 'It is for whoever collects it first: there is nobody to remind.'],
  notices_off: [409, 'They have turned such messages off.'],
  reminded_twice: [409, 'They were reminded twice, which is all.'],
  reminded_lately: [409, 'They were reminded within the last hour. Ask again in {{minutes}} minutes.'],
  offer_not_found: [404, 'There is no such offer.'],
  offer_elsewhere: [409, 'The offer hangs in another message; it is made there alone.'],
  not_a_person: [422, '{{problem}}'],
  unknown_person: [404, 'Nobody whom we have met goes by "{{typed}}".'],
  person_unclear: [409, 'Several people go by "{{typed}}".'],
  listed_twice: [409, 'The same person stands in row {{row}} already.'],
  join_code_unknown: [404, 'The code was used, is too old, or was mistyped.'],
  join_other_money: [409, 'People of the two chats deal in different money.'],
  already_joined: [409, 'The two chats have one book already.'],
  joined_elsewhere: [409, 'The chat is joined to another group: it has to part from that first.'],
  not_joined: [409, 'The chat is joined to no other group.'],
  link_code_unknown: [404, 'The code was used, is too old, or was mistyped.'],
  link_not_found: [404, 'There is nothing to confirm any more: its time is over, or it was refused or done.'],
  already_linked: [409, 'The two are one person already.'],
  link_other_money: [409, 'People of the two messengers deal in different money.'],
  link_messenger_taken: [
    409,
    'One person has one account in each messenger: these two would have several in {{messenger}}, with those that they were linked with before.',
  ],
  not_linked: [409, 'They are linked with no other account.'],
  payout_unfinished: [409, 'A payout of the group is still being made. Ask again when it is done.'],
  payout_faulty: [422, 'The payout has {{count}} faults; nothing was paid.'],
  payout_size: [422, 'A payout is for 1 to {{most}} people.'],
  treasury_short: [
    409,
    'The treasury has {{balance}} {{asset}} to spend; that is not enough for {{amount}} {{asset}}.',
  ],
  payout_not_found: [404, 'There is no such payout.'],
  payout_own: [403, 'Who asked for a payout does not approve it.'],
  payout_approved_twice: [409, 'You have approved it already.'],
  payout_approved: [409, 'It has all the approvals that it needs.'],
  ask_not_found: [404, 'Nobody has asked for that.'],
  ask_not_for_you: [403, 'Somebody else is asked for it.'],
  ask_own: [409, 'Who asked for it cannot pay it.'],
  ask_paid: [409, 'It is paid already.'],
  ask_ended: [410, 'Who asked for it has ended it: nobody needs to pay any more.'],
  ask_expired: [410, 'Its time is over: nobody can pay it any more.'],
  ask_reminded: [429, 'They were reminded within the last day. Ask again tomorrow.'],
  ask_size: [422, 'One can ask {{most}} people at once at most, each once.'],
  pool_overpaid: [409, 'Only {{left}} {{asset}} is missing in the pool.'],
  pool_underpaid: [422, 'For this pool one gives {{least}} {{asset}} at least, or what is missing.'],
  awaiting_goal: [409, 'It waits until the pool has reached its goal.'],
  asker_unpayable: [409, 'Who asked for it cannot be paid at the moment.'],
  not_asker: [403, 'Only who asked for it may do that.'],
  not_due: [409, 'Its time is not over yet.'],
  standing_not_found: [404, 'There is no such standing payout, or it has ended.'],
  standing_nobody: [409, 'Nobody on the list can be paid.'],
  list_not_found: [404, 'There is no such list.'],
  list_unknown: [404, 'The group has no list {{name}}. It has: {{names}}.'],
  list_empty: [409, 'Nobody is on the list {{name}}.'],
  list_name_taken: [409, 'There is a list {{name}} already.'],
  list_in_use: [409, 'The list {{name}} is in use: by a standing payout, or by the rules.'],
  card_elsewhere: [409, 'Another transfer is shown in that message.'],
  group_off: [403, 'Nothing can be sent in this group: an admin has turned it off.'],
  group_admins_only: [403, 'In this group only admins may send.'],
  group_listed_only: [403, 'In this group only people of a list that its admins keep may send.'],
  group_transfer_limit: [403, 'In this group one transfer holds {{max}} {{asset}} at most.'],
  group_day_limit: [
    403,
    'In this group everybody sends {{most}} {{asset}} a day at most, and you have sent {{sent}} {{asset}} today.',
  ],
  limit_too_large: [422, 'A limit for transfers must be below {{max}} {{asset}}, which holds everywhere.'],
  unknown_time_zone: [422, '"{{typed}}" is no time zone. Zones are called like Asia/Shanghai.'],
  webhook_not_found: [404, 'The token has no such webhook.'],
  webhook_delivery_not_found: [404, 'Nothing of that id was to be told to the webhook in the last 30 days.'],
  too_many_webhooks: [409, 'A token has {{most}} webhooks at most. Delete one that is not needed any more.'],
  key_reused: [422, 'This key was used before with another content.'],
  too_much_feedback: [
    429,
    'Somebody can write {{most}} messages a day, and all were noted. Ask again tomorrow.',
  ],
  too_many_requests: [429, 'You ask too much at once. Try again in a moment.'],
  overloaded: [503, 'Too much is asked of the service at once. Try again in a moment.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

/** Failures that are not the caller's fault, where a retry helps. */
const failures = {
  unavailable: [503, 'The books cannot be reached at the moment. Nothing was moved; ask again soon.'],
  outcome_unknown: [
    503,
    'The connection to the books broke at the last moment. Ask again with the same key: it moves no money twice.',
  ],
  internal_error: [
    500,
    'Something went wrong on our side. Ask again with the same key, and tell the operator the request id.',
  ],
} as const

/** Every code that an answer of the API can carry. */
export type ProblemCode = RefusalCode | FailureCode
/** Codes of failures: not the caller's fault, and a retry helps. */
export type FailureCode = keyof typeof failures
/** The HTTP status and the English sentence of every code. */
export const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, sentence: string]>> = {
  ...refusals,
  ...failures,
}

/** Codes of refusals. */
export type RefusalCode = keyof typeof refusals
/** What is put into a refusal's sentence: amounts are decimal strings. Never a secret. */
export type RefusalDetails = Record<string, string | number>

/**
 * What the core throws where it refuses: a stable code, the details that its sentence needs, and an HTTP status. Never
 * holds a secret.
 */
export class Refusal extends Error {
  override name = 'Refusal'
  code: RefusalCode
  details: RefusalDetails
  /** After how many seconds to retry, where the default of its status is not good enough. */
  retryAfter: number | undefined

  constructor(code: RefusalCode, details: RefusalDetails = {}, retryAfter?: number) {
    // No stack trace: nobody reads where a refusal was thrown, and collecting the stack costs more than the decision.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(sentenceOf(code, details))
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.details = details
    this.retryAfter = retryAfter
  }

  /** Whether it is an answer for good. Where somebody is still to tell what it depends on, the same request may be answered otherwise later. */
  get isFinal() {
    return this.code !== 'members_unknown' && this.code !== 'awaiting_sender'
  }

  get status() {
    return refusals[this.code][0]
  }
}

/** Cut at the braces, once: every other part is the name of a detail. */
const PARTS = new Map(
  Object.entries(refusals).map(([code, [, sentence]]) => [code, sentence.split(/\{\{|\}\}/)]),
)

function sentenceOf(code: RefusalCode, details: RefusalDetails): string {
  let told = ''
  let isName = false
  for (const part of PARTS.get(code) ?? []) {
    told += isName ? (details[part] ?? '') : part
    isName = !isName
  }
  return told
}
