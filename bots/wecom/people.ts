import type { Chat, Person } from '../messenger.ts'

/** @param userId in the company. WeCom tells a bot no names, and people of a company know each other's accounts */
export const personOf = (userId: string): Person => ({
  messenger: 'wecom',
  id: userId,
  handle: null,
  name: userId,
})

const PRIVATE = 'user:'

/** The private chat of a person with the bot: it is reached by the person's id. */
export const privateChatOf = (userId: string): Chat => ({ id: PRIVATE + userId, kind: 'private' })

/** Whose private chat an id is of; undefined where it is a group's. */
export const whoseChat = (chat: string): string | undefined =>
  chat.startsWith(PRIVATE) ? chat.slice(PRIVATE.length) : undefined

/**
 * Accounts among words: `账号:lisi`, `userid:lisi`. A mention is no such thing, as WeCom tells a bot the name alone that it shows:
 * it may be the account of somebody else.
 */
const ACCOUNT =
  /(?<!\S)(?:(?:给|給|向|找|和|跟|与)\s*)?((?:userid|account|账号|帐号)[:：]([\w@.-]{1,64}))(?!\S)/giu

/** The people whose accounts stand in some words, each by what is typed there. */
export const accountsIn = (words: string): Map<string, Person> =>
  new Map([...words.matchAll(ACCOUNT)].map(([, typed = '', id = '']) => [typed, personOf(id)]))
