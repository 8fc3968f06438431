import type { ProblemCode } from '../shared/refusal.ts'

/** When a code comes, and what a program does then. */
export interface Advice {
  when: string
  remedy: string
}

const TELL = 'Tell who asked: the same request stays refused.'
const MEND = 'Mend the request: the same one stays refused.'
const AGAIN = 'Ask again after `Retry-After` seconds, with the same key.'
const DONE = 'Take it as done: the same request changes nothing any more.'
const OVER = 'Tell who asked, and ask no more: it stays so.'
const NOT_THERE = 'Look for a mistake in what was sent; if there is none, it is gone for good.'

/** Of every code, for the documentation: once for each, as it is the same at every route. */
export const ADVICE: Readonly<Record<ProblemCode, Advice>> = {
  invalid_request: { when: 'A field, a parameter or the body is not of the documented form.', remedy: MEND },
  unauthorized: {
    when: 'There is no bearer token, or none that was made here.',
    remedy: 'Send `Authorization: Bearer …` with a token of this service.',
  },
  token_ended: {
    when: 'The token was made with an end, which has come.',
    remedy: 'Get another token from the operator.',
  },
  not_allowed_by_token: {
    when: 'The token may not do this, or not for those whom the request is about.',
    remedy: 'Ask with a token of the scope in `details.scope`, which the operator makes.',
  },
  token_transfer_limit: {
    when: "The amount is above the token's most for one transfer.",
    remedy: 'Send less, or ask the operator for a token with a higher limit.',
  },
  token_day_limit: {
    when: "With this transfer the token's most of a day (UTC) would be passed.",
    remedy: 'Send less, or wait for the next day, or ask the operator for a token with a higher limit.',
  },
  app_unknown: { when: 'A person of the messenger `app` has an id that is no token’s name.', remedy: MEND },
  signed_out: {
    when: 'On pages alone: nobody is signed in.',
    remedy: 'Have the person open a link of `POST /v1/links`.',
  },
  not_member: { when: 'On pages alone: who asks is not in the group, as its messenger says.', remedy: TELL },
  not_admin: {
    when: 'Who asks is no admin of the group, as its messenger says at this moment.',
    remedy: TELL,
  },
  admins_unknown: {
    when: 'The messenger of the group was asked who its admins are, and has not answered in time, or does not tell.',
    remedy: 'Ask again soon; is the bot of that messenger running?',
  },
  not_operator: { when: '`by` is nobody whom OPERATORS names.', remedy: TELL },
  not_open_yet: {
    when: 'The operators let people in step by step, and this one is not let in yet.',
    remedy: 'Tell who asked; ask again another day.',
  },
  winding_down: { when: 'The operators have closed the service: nothing new is made.', remedy: OVER },
  route_not_found: { when: 'There is no such address, or not with this method.', remedy: MEND },
  invalid_amount: { when: 'The amount can’t be read as a number.', remedy: MEND },
  amount_ambiguous: {
    when: 'The amount has a separator that may be of thousands or of decimals, like `1.234`.',
    remedy: 'Send it with a point and all decimals: `1234.00`.',
  },
  too_many_decimals: {
    when: 'The amount has more decimals than its asset.',
    remedy: 'Round it: `GET /v1/assets` tells the `scale`.',
  },
  amount_too_small: { when: 'The amount is zero, or less than there are parts.', remedy: MEND },
  too_many_shares: { when: 'A share would be less than the smallest unit of the asset.', remedy: MEND },
  amount_too_large: {
    when: 'The amount is above the most for one transfer of its asset.',
    remedy: 'Send several: `GET /v1/assets` tells `maxTransfer`.',
  },
  name_or_phrase: {
    when: 'A transfer for whoever has the link holds more than `anyoneUpTo` of its asset.',
    remedy: 'Name somebody in `to`, or give `phrase`.',
  },
  settlement_too_large: {
    when: 'With a `settlement` it holds more than is collected without a word of its sender.',
    remedy: 'Send less, or leave `settlement` out.',
  },
  unknown_asset: {
    when: 'There is no asset of this code for people of that messenger.',
    remedy: 'Take one of `details.assets`.',
  },
  asset_unclear: {
    when: 'The currency sign in the amount is that of another asset than the named one, or of none.',
    remedy: 'Name one of `details.assets` in `asset`.',
  },
  own_transfer: { when: 'Its sender would collect it, or it is for its sender.', remedy: TELL },
  insufficient_funds: {
    when: 'The account has less than the amount.',
    remedy: 'Tell who asked; ask again with another key once there is more.',
  },
  taken_back_before: { when: 'On pages of operators alone: the issue was taken back before.', remedy: DONE },
  on_hold: { when: 'The operators have stopped the person from this.', remedy: TELL },
  transfer_not_found: {
    when: 'No transfer has this id or code; a code may have been replaced.',
    remedy: NOT_THERE,
  },
  already_collected: { when: 'All of it was collected by others before.', remedy: OVER },
  already_yours: { when: 'The same person has collected it before.', remedy: DONE },
  not_for_you: { when: 'It names somebody else, by id or by handle.', remedy: TELL },
  members_only: {
    when: 'It is for members of its group, and the messenger says that they are none.',
    remedy: TELL,
  },
  not_here_before: {
    when: 'It is for those who were in the group before it was sent, and they are not known to have been.',
    remedy: TELL,
  },
  listed_only: { when: 'It is for people of a list of its group, and they are not on it.', remedy: TELL },
  members_unknown: {
    when: 'It is for members of its group, and the messenger has not answered in time whether they are one.',
    remedy: 'Ask again soon, with the same key.',
  },
  awaiting_sender: {
    when: 'Its sender confirms who collects: they are asked, or were asked before and have not answered.',
    remedy: 'Wait: with their yes it is paid by itself. The same request tells how it stands.',
  },
  sender_said_no: { when: 'Its sender has said no to this person.', remedy: OVER },
  too_many_askers: { when: 'Twenty others wait for the answer of its sender.', remedy: 'Ask again later.' },
  asker_not_found: { when: 'Nobody has asked for this transfer in that turn.', remedy: NOT_THERE },
  asker_answered: { when: 'Its sender has said yes or no to them before.', remedy: DONE },
  awaiting_approval: {
    when: 'It is part of a payout that admins have not approved yet.',
    remedy: 'Tell who asked; ask again with another key once it is approved.',
  },
  handle_not_told: {
    when: 'It is for whoever has a handle, and the request does not say which handle the person has now.',
    remedy: 'Send the `handle` that the messenger tells at this moment.',
  },
  phrase_unknown: {
    when: 'No open transfer is opened by these words here. It counts as a wrong guess.',
    remedy: TELL,
  },
  phrase_needed: {
    when: 'Words open it, and its code or id was sent.',
    remedy: 'Ask for the words, and send `phrase`.',
  },
  phrase_paused: {
    when: 'The person, the group or everybody together has tried too many wrong words lately.',
    remedy: 'Wait for `Retry-After` seconds.',
  },
  phrase_weak: {
    when: 'The chosen words are too easy to guess for such an amount.',
    remedy: 'Have longer ones chosen, or leave `words` out: some are made.',
  },
  phrase_taken: {
    when: 'The chosen words open another transfer, or did so lately. It counts as a wrong guess.',
    remedy: 'Have others chosen, or leave `words` out: some are made.',
  },
  phrase_chosen: { when: 'Its words were chosen by the sender, and are kept nowhere.', remedy: TELL },
  no_phrase: { when: 'The transfer has a code, and no words.', remedy: 'Use its code.' },
  wrong_asset: { when: 'People of that messenger don’t deal in this asset.', remedy: TELL },
  expired: { when: 'Its time is over; the money goes back, if it has not yet.', remedy: OVER },
  settles_too_late: {
    when: 'A settlement would come after the end of the transfer.',
    remedy: 'Send fewer `seconds`.',
  },
  drawing: {
    when: 'Its time is over, and lots are drawn within seconds.',
    remedy: 'Look at the transfer again in some seconds.',
  },
  entered_already: {
    when: 'The same person takes part already, with the number in `details.turn`.',
    remedy: DONE,
  },
  cancelled: { when: 'Its sender has taken it back.', remedy: OVER },
  declined: { when: 'The one it was for has sent it back.', remedy: OVER },
  not_sender: { when: 'Who asks has not sent it.', remedy: TELL },
  not_recipient: { when: 'Who asks is not the one whom it names.', remedy: TELL },
  not_collector: { when: 'Who asks has collected nothing of it.', remedy: TELL },
  not_refundable: { when: 'It came from the issuer, or is a refund itself.', remedy: TELL },
  refunded_already: { when: 'What they had collected was given back before.', remedy: DONE },
  extended_already: { when: 'It was given more time before, which works once.', remedy: TELL },
  reissued_meanwhile: {
    when: 'Two requests gave it another code at the same moment.',
    remedy: 'Ask again with another key.',
  },
  not_named: { when: 'It names nobody: whoever has its code may collect.', remedy: TELL },
  notices_off: { when: 'The person wants no private messages.', remedy: TELL },
  reminded_twice: { when: 'They were reminded of it twice before.', remedy: OVER },
  reminded_lately: {
    when: 'They were reminded of it within the hour.',
    remedy: 'Ask again in `details.minutes` minutes.',
  },
  offer_not_found: { when: 'No offer has this id, or it was over more than a day ago.', remedy: NOT_THERE },
  offer_elsewhere: { when: 'Another message was named before for the same offer.', remedy: OVER },
  not_a_person: { when: 'The id can’t be a person’s in that messenger.', remedy: MEND },
  unknown_person: {
    when: 'Nobody who was met in the group’s messengers goes by that.',
    remedy: 'Send the messenger’s own id, or ask who is meant.',
  },
  person_unclear: {
    when: 'Several people of the group go by that.',
    remedy: 'Send the messenger’s own id, or ask who is meant.',
  },
  listed_twice: {
    when: 'Two items or parts are for the same person.',
    remedy: 'Put them together; `details.row` is the first one.',
  },
  join_code_unknown: {
    when: 'The code was used, is older than ten minutes, was mistyped, or who made it is no admin any more.',
    remedy: 'Have another code made.',
  },
  join_other_money: {
    when: 'One of the two chats is in the playground, and the other is not.',
    remedy: OVER,
  },
  already_joined: { when: 'The chat is part of that group already.', remedy: DONE },
  joined_elsewhere: {
    when: 'The chat is joined to a third group.',
    remedy: 'Have it part from that one first.',
  },
  not_joined: { when: 'The chat is joined to no other.', remedy: DONE },
  link_code_unknown: {
    when: 'The code was used, is older than ten minutes, or was mistyped.',
    remedy: 'Have another code made.',
  },
  link_not_found: {
    when: 'The request is over, was refused or done, or is somebody else’s.',
    remedy: 'Begin anew with another code.',
  },
  already_linked: { when: 'The two identities are one person already.', remedy: DONE },
  link_other_money: {
    when: 'One of the two messengers is the playground, and the other is not.',
    remedy: OVER,
  },
  link_messenger_taken: {
    when: 'Together they would have two accounts in one messenger, now or from links of before.',
    remedy: TELL,
  },
  not_linked: { when: 'The identity is linked with no other.', remedy: DONE },
  payout_unfinished: {
    when: 'A payout of the group is still paying its people.',
    remedy: 'Ask again when `madeAt` of the payout is set.',
  },
  payout_faulty: {
    when: 'Several things are wrong with the payout: `faults` lists them, row by row.',
    remedy: 'Mend those rows, and send the whole again with another key.',
  },
  payout_size: { when: 'The payout has no items, or more than the most.', remedy: 'Split it into several.' },
  treasury_short: {
    when: 'The treasury has less than the payout and those under way need.',
    remedy: 'Tell who asked; ask again with another key once there is more.',
  },
  payout_not_found: {
    when: 'No payout has this id, or it is still being made where it is to be taken back.',
    remedy: NOT_THERE,
  },
  payout_own: {
    when: 'Who asked for the payout would approve it.',
    remedy: 'Have another admin approve it.',
  },
  payout_approved_twice: { when: 'The same admin has approved it before.', remedy: DONE },
  payout_approved: { when: 'It has all its approvals, or needs none.', remedy: DONE },
  ask_not_found: { when: 'No ask has this id.', remedy: NOT_THERE },
  ask_not_for_you: { when: 'No part of it is for the person.', remedy: TELL },
  ask_own: { when: 'Who asked for it would pay it.', remedy: TELL },
  ask_paid: { when: 'The part, or all of it, was paid before.', remedy: OVER },
  ask_ended: { when: 'Who asked for it has ended it.', remedy: OVER },
  ask_expired: { when: 'Its time is over.', remedy: OVER },
  ask_reminded: { when: 'They were reminded of it within the last 24 hours.', remedy: 'Ask again tomorrow.' },
  ask_size: { when: 'It has more parts than the most.', remedy: 'Split it into several.' },
  pool_overpaid: { when: 'The pool lacks less than the amount.', remedy: 'Give `details.left` at most.' },
  pool_underpaid: {
    when: 'The amount is below the least that one gives for this pool.',
    remedy: 'Give `details.least`, or all that is missing.',
  },
  awaiting_goal: { when: 'It was given for a pool that has not reached its goal.', remedy: TELL },
  asker_unpayable: {
    when: 'Who would get the money can’t receive any, as where the operators have stopped them.',
    remedy: 'Tell who asked; ask again later.',
  },
  not_asker: { when: 'Who asks is not who has asked for the money.', remedy: TELL },
  not_due: { when: 'Never over HTTP: the service itself tries to return what is not over.', remedy: OVER },
  standing_not_found: {
    when: 'On pages alone: the standing payout has ended, or there is none.',
    remedy: NOT_THERE,
  },
  standing_nobody: {
    when: 'In a delivery of kind `unpaid`: a standing payout was due, and nobody on its list can be paid.',
    remedy: TELL,
  },
  list_not_found: { when: 'The group keeps no list with this id.', remedy: NOT_THERE },
  list_unknown: { when: 'The group keeps no list of this name.', remedy: 'Take one of `details.names`.' },
  list_empty: { when: 'The list has nobody on it.', remedy: TELL },
  list_name_taken: { when: 'On pages alone: another list of the group has this name.', remedy: MEND },
  list_in_use: {
    when: 'On pages alone: rules or a standing payout of the group use the list.',
    remedy: 'Change these first.',
  },
  card_elsewhere: {
    when: 'The card of something else hangs in that message.',
    remedy: 'Name the message that the card hangs in.',
  },
  group_off: { when: 'An admin has turned sending off in the group.', remedy: TELL },
  group_admins_only: { when: 'In the group only admins may send.', remedy: TELL },
  group_listed_only: { when: 'In the group only people of a list may send.', remedy: TELL },
  group_transfer_limit: {
    when: 'The amount is above the most for one transfer in the group.',
    remedy: 'Send `details.max` at most.',
  },
  group_day_limit: {
    when: 'With it the person would send more in the group than one may on a day of its time zone.',
    remedy: 'Send less, or wait for the next day.',
  },
  limit_too_large: {
    when: 'A limit of the rules is not below the most that holds everywhere.',
    remedy: 'Set less than `details.max`.',
  },
  unknown_time_zone: {
    when: 'The rules name a time zone that there is not.',
    remedy: 'Send a name of the IANA list.',
  },
  webhook_not_found: { when: 'The token has no webhook of this id, or has deleted it.', remedy: NOT_THERE },
  webhook_delivery_not_found: {
    when: 'Nothing of this id was to be told to the webhook, or it is more than 30 days ago.',
    remedy: NOT_THERE,
  },
  too_many_webhooks: {
    when: 'The token has as many webhooks as one may have.',
    remedy: 'Delete one that is not needed any more.',
  },
  key_reused: {
    when: 'The same token has sent other content under this key before.',
    remedy: 'Take a new key for a new request; send a retry exactly as it was.',
  },
  too_much_feedback: {
    when: 'The person has written ten messages within a day.',
    remedy: 'Ask again tomorrow.',
  },
  too_many_requests: {
    when: 'The token has 500 requests under way; or, without a token, one network has asked too often in a minute.',
    remedy: AGAIN,
  },
  overloaded: { when: 'The process has 1,000 requests under way, or too many commands wait.', remedy: AGAIN },
  unavailable: { when: 'The database can’t be reached or written; nothing was moved.', remedy: AGAIN },
  outcome_unknown: {
    when: 'The connection to the database broke as the answer was written: it may have been done or not.',
    remedy:
      'Ask again with the same key, which tells the first answer; without a key, look before you ask again.',
  },
  internal_error: {
    when: 'A fault of the service, which is in its log under `requestId`.',
    remedy: 'Ask again with the same key; tell the operator the `requestId`.',
  },
}
