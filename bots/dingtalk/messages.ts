import { z } from 'zod'
import type { Chat, Person } from '../messenger.ts'
import { cleanLabel } from '../messenger.ts'
import { commandIn } from '../typed-command.ts'
import { type Directory, personOf, privateChatOf } from './people.ts'

/** The topic of what people say to the bot, in private or by mentioning it. */
export const MESSAGES = '/v1.0/im/bot/messages/get'

/** https://open.dingtalk.com/document/orgapp/receive-message */
export const BotMessage = z.object({
  msgId: z.string().min(1),
  msgtype: z.string(),
  /** In milliseconds since the epoch. */
  createAt: z.coerce.number(),
  /** `1`: in private, `2`: in a group. */
  conversationType: z.enum(['1', '2']),
  conversationId: z.string().min(1),
  conversationTitle: z.string().optional(),
  chatbotCorpId: z.string().optional(),
  chatbotUserId: z.string().optional(),
  /** An id of the sender for this bot, which is not their user id. */
  senderId: z.string(),
  senderNick: z.string().optional(),
  /** The user id in the company; missing, or empty, for people of other companies. */
  senderStaffId: z.string().optional(),
  /** All who are mentioned, the bot included. Their names are taken out of the text. */
  atUsers: z.array(z.object({ dingtalkId: z.string(), staffId: z.string().optional() })).default([]),
  text: z
    .object({
      content: z.string(),
      isReplyMsg: z.boolean().optional(),
      repliedMsg: z.object({ senderId: z.string().optional() }).optional(),
    })
    .optional(),
  /** Takes an answer for about an hour. */
  sessionWebhook: z.string().optional(),
})
export type BotMessage = z.output<typeof BotMessage>

/** A command out of a message. */
export interface ReceivedCommand {
  name: string
  words: string
  mentions: Map<string, Person>
  replyTo?: Person | 'nobody'
}

/** Why a message is not taken for a command. */
export type Unclear = 'plainText' | 'outsiderNamed' | 'whichAmount'

export const chatOf = (message: BotMessage, userId: string): Chat =>
  message.conversationType === '1'
    ? privateChatOf(userId)
    : { id: message.conversationId, kind: 'group', title: cleanLabel(message.conversationTitle) }

/**
 * The command in a message; why there is none for sure; undefined where there is nothing to say.
 * @param known people by the id that messages have for this bot, as far as they were seen
 */
export async function commandInMessage(
  message: BotMessage,
  directory: Directory,
  known: (senderId: string) => Person | undefined,
): Promise<ReceivedCommand | Unclear | undefined> {
  const { text, msgtype, conversationType, atUsers, chatbotUserId } = message
  if (msgtype !== 'text' || !text) return 'plainText'
  const command = commandIn(text.content, { isPrivate: conversationType === '1', isAddressed: true })
  if (!command) return undefined
  const others = atUsers.filter(({ dingtalkId }) => dingtalkId !== chatbotUserId)
  const ids = [...new Set(others.map(({ staffId }) => staffId))]
  if (ids.some((id) => !id)) return 'outsiderNamed'
  const people = await Promise.all(ids.map((id) => directory.person(id ?? '')))
  const placed = placeMentions(command.words, people)
  if (!placed) return 'whichAmount'
  return {
    name: command.name,
    ...placed,
    ...(text.isReplyMsg && { replyTo: known(text.repliedMsg?.senderId ?? '') ?? 'nobody' }),
  }
}

/**
 * Ties those who were mentioned to the words of a command, by their ids alone. DingTalk takes their names out of the text, and tells
 * no order: so each stands behind the first word that goes before a name, or else at the end. A name that stands in the text all the
 * same is tied to who was mentioned only where one of them is called so; whatever else begins with `@` names nobody.
 * @returns undefined where amounts would have to be shared out among several
 */
function placeMentions(
  typed: string,
  people: Person[],
): Pick<ReceivedCommand, 'words' | 'mentions'> | undefined {
  const mentions = new Map<string, Person>()
  const left = new Set(people)
  for (const [at, name] of typed.matchAll(/[@＠]([^\s@＠]+)/gu)) {
    const called = people.filter((person) => person.name === name)
    const [one] = called
    if (!one || called.length > 1) continue
    mentions.set(at, one)
    left.delete(one)
  }
  if (left.size === 0) return { words: typed, mentions }
  if (left.size > 1 && (typed.match(/(?<!\S)[\p{Sc}\d][\d.,]*/gu) ?? []).length > 1) return undefined
  const placeholders = [...left].map((person, index) => {
    const placeholder = `@#${index};`
    mentions.set(placeholder, person)
    return placeholder
  })
  const named = placeholders.join(' ')
  const words = BEFORE_A_NAME.test(typed)
    ? typed.replace(BEFORE_A_NAME, (before) => `${before} ${named} `)
    : `${typed} ${named}`
  return { words, mentions }
}

/** A word that goes before a name, by itself: its name was taken out. */
const BEFORE_A_NAME = /(?<!\S)(?:to|from|with|给|給|向|找|和|跟|与)(?!\S)/iu

/** Who has sent a message; undefined where they aren't of the company. */
export const senderOf = ({ senderStaffId, senderNick }: BotMessage): Person | undefined =>
  senderStaffId ? personOf(senderStaffId, senderNick) : undefined
