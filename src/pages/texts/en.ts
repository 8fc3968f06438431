/** The English texts of the pages. `{{name}}` stands for a detail. */
export const en = {
  brand: 'Passalong',
  slogan: 'Pass money along in any chat.',
  signOut: 'Sign out',
  youAre: 'You are {{who}}',

  from: 'from {{who}}',
  fromYou: 'from you',
  titleFrom: '{{amount}} from {{who}}',
  titleFromFor: '{{amount}} from {{who}} for {{to}}',
  issuer: 'the issuer',
  somebody: 'somebody',
  for: 'For',
  whoever: 'whoever has the link',
  you: 'you',
  timeLeft: 'Time left',
  until: 'Until',
  underAMinute: 'less than a minute',
  ended: 'Ended',

  'open.status': 'Waiting to be collected',
  'open.next': 'Collect it',
  'open.text': 'What nobody collects goes back to {{who}} by itself.',
  'open.preview': 'Open the link to collect it, until {{moment}}. What nobody collects goes back by itself.',
  collect: 'Collect {{amount}}',
  collectIn: 'Collect in {{messenger}}',
  playground: 'Playground',
  byTyping: 'Collect by typing instead',
  sendToBot: 'Send this line to the bot in {{messengers}}:',
  noMessenger:
    'No messenger that deals in {{asset}} is running here now. Where one is, send this line to its bot:',
  qrTitle: 'QR code for {{amount}}',
  qrAlt: 'QR code for {{amount}}: {{link}}',
  qrPhone: 'Let somebody scan it, or press and hold to save the picture.',
  qrDesk: 'Scan it with your phone’s camera.',
  qrHere: 'It opens on this machine only. For phones, the operator sets PUBLIC_URL.',
  qrSave: 'Save the picture',

  'already_yours.status': 'Collected',
  'already_yours.next': 'It’s yours',
  'already_yours.text': 'It is in your balance. There is nothing else to do.',
  'already_collected.status': 'Already collected',
  'already_collected.next': 'Somebody has collected it',
  'already_collected.text':
    'There is nothing left in it. If it was meant for you, ask {{who}} to send it again.',
  collectedBy: '{{who}} has collected it',
  collectedByText: 'It arrived. There is nothing else to do.',
  'cancelled.status': 'Cancelled',
  'cancelled.next': 'It was taken back',
  'cancelled.text': 'It is with {{who}} again. If you expected it, ask them to send it again.',
  'cancelled.own': 'It is with you again.',
  'declined.status': 'Declined',
  'declined.next': 'It was declined',
  'declined.text': 'The one it was for said no, and it is with {{who}} again.',
  'declined.own': 'The one it was for said no, and it is with you again.',
  'expired.status': 'Time is over',
  'expired.next': 'Nobody collected it in time',
  'expired.text': 'It goes back to {{who}} by itself. If you expected it, ask them to send it again.',
  'expired.own': 'It goes back to you by itself.',
  'returned.text': 'It has gone back to {{who}}. If you expected it, ask them to send it again.',
  'returned.own': 'It has gone back to you.',
  'not_for_you.status': 'Not for you',
  'not_for_you.next': 'It is for {{who}}',
  'not_for_you.text': 'Pass the link on to them. If that is you, sign out and open the link again.',
  'awaiting_approval.status': 'Waiting for approval',
  'awaiting_approval.next': 'It can be collected once admins have approved it',
  'awaiting_approval.text':
    'Open this link again later. If they don’t approve it in time, it goes back by itself.',
  'on_hold.status': 'Not to you now',
  'on_hold.next': 'Your account is on hold',
  'on_hold.text': 'The operators of this service have stopped it for now. Ask them why.',
  'handle_not_told.status': 'Waiting to be collected',
  'handle_not_told.next': 'This one is for whoever goes by {{who}} in {{messenger}} now',
  'handle_not_told.text': 'Collect it there: handles change hands, and only {{messenger}} knows whose it is.',
  'wrong_asset.status': 'Waiting to be collected',
  'wrong_asset.next': 'It can’t be collected with this account',
  'wrong_asset.text': 'People where you are signed in don’t deal in {{asset}}. Collect it where they do.',
  'own_transfer.status': 'Your own transfer',
  'own_transfer.next': 'Pass it along',
  'own_transfer.text': 'It waits for {{who}}. Share this link, or show the picture:',
  'own_transfer.back':
    'To take it back, send /cancel to the bot. What nobody collects comes back to you by itself.',

  'refused.signedOut': 'You are not signed in any more, so nothing happened.',
  'refused.tryAgain': 'That did not work, and nothing happened. Wait a moment, then press the button again.',
  'refused.unknown': 'We could not see whether it worked. Press the button again: it pays once at most.',

  'refusal.invalid_amount': '“{{typed}}” is not an amount. Amounts look like 20, 20.5 or 1.2k.',
  'refusal.amount_ambiguous': '“{{typed}}” can be read in two ways. Write it like 1234 or 1.50.',
  'refusal.too_many_decimals': '“{{typed}}” has too many decimals: {{asset}} has {{scale}}.',
  'refusal.amount_too_small': 'The amount must be above zero.',
  'refusal.amount_too_large': 'One transfer holds {{max}} {{asset}} at most.',
  'refusal.unknown_asset': 'There is no {{asset}} here. There is: {{assets}}.',
  'refusal.asset_unclear': 'Which asset do you mean? Name one of: {{assets}}.',
  'refusal.wrong_asset': 'They don’t deal in {{asset}}.',
  'refusal.insufficient_funds':
    'You have {{balance}} {{asset}}; that is not enough for {{amount}} {{asset}}.',
  'refusal.unknown_person': 'Nobody whom we have met here goes by “{{typed}}”.',
  'refusal.person_unclear': 'Several people here go by “{{typed}}”. Name one by their @handle or id.',
  'refusal.listed_twice': 'The same person stands in row {{row}} already.',
  'refusal.payout_size': 'A payout is for 1 to {{most}} people.',
  'refusal.treasury_short':
    'The treasury has {{balance}} {{asset}} to spend; that is not enough for {{amount}} {{asset}}.',
  'refusal.payout_not_found': 'There is no such payout.',
  'refusal.payout_own': 'You asked for it yourself: other admins approve it.',
  'refusal.payout_approved_twice': 'You have approved it already. It takes other admins, too.',
  'refusal.payout_approved': 'It has all the approvals that it needs.',
  'refusal.list_not_found': 'There is no such list any more.',
  'refusal.list_name_taken': 'There is a list with the name “{{name}}” already.',
  'refusal.list_in_use': '“{{name}}” is in use: by a standing payout, or by the rules of who may send.',
  'refusal.group_off': 'Nothing can be sent in this group: its rules say so.',
  'refusal.group_admins_only': 'Only admins may send in this group: its rules say so.',
  'refusal.group_listed_only': 'Only people of a list may send in this group: its rules say so.',
  'refusal.group_transfer_limit': 'By the group’s rules one transfer holds {{max}} {{asset}} at most.',
  'refusal.group_day_limit':
    'By the group’s rules everybody sends {{most}} {{asset}} a day at most, and you have sent {{sent}} {{asset}} today.',
  'refusal.limit_too_large': 'A limit must be below {{max}} {{asset}}, which holds everywhere.',
  'refusal.unknown_time_zone': '“{{typed}}” is no time zone. Zones are called like Asia/Shanghai.',
  'refusal.not_open_yet': 'It is not open for you yet: you can collect, but not send.',
  'refusal.winding_down': 'This service is being wound down: nothing new can be sent.',
  'refusal.too_many_requests': 'Too much is going on at once. Try again in a moment.',
  'refusal.unavailable': 'The books can’t be reached at the moment. Nothing was moved: try again soon.',
  'refusal.other': 'That was refused ({{code}}), and nothing happened.',

  'unknown.title': 'There is no such transfer',
  'unknown.text': 'Check the link: every character counts. If it still fails, ask whoever sent it to you.',
  'missing.title': 'There is nothing here',
  'missing.text': 'The address may be mistyped, or the page has moved.',
  'ticket.title': 'This sign-in has been used, or is too old',
  'ticket.text': 'Nothing happened. Go back to where you came from, and ask for a new one.',
  'stranger.title': 'That came from another site',
  'stranger.text': 'To be safe, we did nothing. Open the page here and press the button again.',
  'wrong.title': 'We can’t read that',
  'wrong.text': 'Nothing happened. Go back and try again.',
  'busy.title': 'We can’t answer just now',
  'busy.text': 'Try again in a moment.',
  'failed.title': 'Something went wrong on our side',
  'failed.text': 'Try again in a moment. If it happens again, tell the operator this number: {{id}}',

  'home.text':
    'Type an amount in a chat; whoever it is for taps Collect, in any messenger, and has it. What nobody collects goes back by itself.',
  'home.docs': 'API documentation',

  // The frame of the signed-in pages, and sign-in by a link
  'frame.tabs': 'Pages',
  'frame.places': 'Where else you can go',
  'frame.untitled': 'A group without a name',
  'frame.books': 'Books',
  'frame.treasury': 'Treasury',
  'frame.rules': 'Rules',
  'frame.trail': 'Trail',
  'frame.me': 'Your own statement',
  'frame.operators': 'Operators',
  'pager.label': 'Pages of the list',
  'pager.newer': 'Newer',
  'pager.older': 'Older',
  'link.title': 'Sign in as {{who}}',
  'link.text':
    'It was sent to you alone, and is good once, until {{until}}. You stay signed in for {{hours}} hours.',
  'link.button': 'Sign in',
  'link.usedTitle': 'This link has been used, or is too old',
  'link.usedText': 'Nothing happened. Send /history to the bot again: it gives you a new one.',
  'signed_out.title': 'You are not signed in',
  'signed_out.text': 'Send /history to the bot: it gives you a link that signs you in.',
  'not_admin.title': 'That is for the admins of the group',
  'not_admin.text':
    'You are none of them now, as far as your messenger says. Your own transfers are in your private chat with the bot: /history',
  'not_operator.title': 'That is for operators',
  'not_operator.text': 'You are none of them: those who run this service name them in OPERATORS.',
  'admins_unknown.title': 'We can’t see whether you are an admin',
  'admins_unknown.text':
    'The messenger doesn’t answer, or doesn’t tell the bot who the admins are. Check that the bot is still in the group, or make it an admin, and try again.',

  // The group's books
  'chart.empty': 'Nothing was sent in this time.',
  'chart.label': 'What was sent in {{asset}}, {{first}} to {{last}}',
  'chart.table': 'The same as a table',
  'chart.sent': 'Sent',
  'chart.collected': 'Collected',
  'chart.open': 'Open',
  'chart.returned': 'Returned',
  'chart.day': 'Day',
  'chart.week': 'Week',
  'chart.month': 'Month',
  'chart.weekOf': 'Week of {{day}}',

  // A transfer's life

  // Statements

  // Rules

  // Trail

  // Treasury

  // Lists and standing payouts

  // Operators
}

/** The texts of a language, by key. */
export type Texts = Record<keyof typeof en, string>
