/** What people's ids look like in each messenger of ours. */
const PERSON_IDS = {
  // At most 52 bits, says Telegram's documentation; groups and channels are below zero.
  telegram: {
    shape: /^[1-9]\d{0,15}$/,
    are: 'numbers, like telegram:123456789; a handle or a group is none',
  },
  discord: {
    shape: /^[1-9]\d{16,19}$/,
    are: 'numbers of 17 to 20 digits, like discord:80351110224678912; a handle is none',
  },
  xmpp: {
    shape: /^[^\s@/"&'<>:\p{Lu}]{1,200}@[^\s@/:\p{Lu}]{1,200}$/u,
    are: 'addresses in small letters, like xmpp:ada@example.org',
  },
  // The user id in the company. What messages call `senderId`, `$:LWCP_v1:$…`, is none.
  dingtalk: {
    shape: /^[\w@.-]{1,64}$/,
    are: 'user ids in the company, like dingtalk:manager1234; what begins with $:LWCP is none',
  },
  // The open_id, which is one app's own. What begins with `on_` is one of all apps of a vendor, `oc_` a chat.
  feishu: {
    shape: /^ou_[\da-z]{1,64}$/,
    are: 'open ids of the app, like feishu:ou_7d8a6e6df7621556ce0d21922b676706',
  },
  // What begins with `C` is a group, with `R` a room.
  line: {
    shape: /^U[\da-f]{32}$/,
    are: 'user ids of the channel’s provider, like line:U8189cf6745fc0d808977bdb0b9f22995',
  },
  // Slack's own ids are those of a workspace alone, so its id goes before. W: users of an Enterprise organization.
  slack: {
    shape: /^T[\dA-Z]{2,20}-[UW][\dA-Z]{2,20}$/,
    are: 'the id of the workspace and that of the member, like slack:T024BE7LD-U2147483697',
  },
  // The account in the company (账号), which its admins see in the directory.
  wecom: {
    shape: /^[\w@.-]{1,64}$/,
    are: 'user ids in the company, like wecom:lisi',
  },
  // The OpenID, which is one account's own.
  wechat: {
    shape: /^o[\w-]{27}$/,
    are: 'OpenIDs of the account, like wechat:o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
  },
  // The `user_openid`, which is one bot's own. What groups call `member_openid` is none.
  qq: {
    shape: /^[\dA-Za-z_-]{1,64}$/,
    are: 'user_openids of the bot, like qq:E4F4AEA33253A2797FB897C50B81D7ED; a QQ number is none',
  },
  // All printable letters of ASCII, as ids of old have them. What begins with `!` or `#` is a room.
  matrix: {
    shape: /^@[!-9;=?-~]{1,200}:[\w.:[\]-]{1,200}$/,
    are: 'ids with their homeserver, like matrix:@ada:example.org',
  },
  playground: { shape: /^[\w-]{1,64}$/, are: 'names, like playground:ada' },
} as const satisfies Readonly<Record<string, { shape: RegExp; are: string }>>

/** Stands in place of a messenger's name with the id of an app, which is its token's name: `app:shop`. */
export const APP = 'app'

/** The messenger in which apps are tried with play money. */
export const SANDBOX = 'playground' satisfies MessengerName

const APP_IDS = { shape: /^[\w.-]{1,64}$/, are: 'the names of their tokens, like app:shop' }

/** A messenger of ours. API clients may serve other ones, with ids of their own. */
export type MessengerName = keyof typeof PERSON_IDS

/** The messengers of ours, each also the name of its role. */
export const MESSENGERS = Object.keys(PERSON_IDS) as readonly MessengerName[]

/** Whether a messenger is one of ours. */
export const isMessenger = (name: string): name is MessengerName => Object.hasOwn(PERSON_IDS, name)

/**
 * Why an id can't be a person's in this messenger, as a sentence.
 * @returns undefined where it can, or where the messenger is none of ours
 */
export function wrongPersonId(messenger: string, id: string): string | undefined {
  const ids = isMessenger(messenger) ? PERSON_IDS[messenger] : messenger === APP ? APP_IDS : undefined
  return !ids || ids.shape.test(id)
    ? undefined
    : `"${id}" is nobody's id: those of people in ${messenger} are ${ids.are}.`
}
