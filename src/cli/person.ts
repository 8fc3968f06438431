import type { Party, Receiver } from '../books/parties.ts'
import type { Chat, Groups } from '../groups/groups.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { type ExternalKey, keyOf, readKey } from '../shared/keys.ts'
import { labelOf, type Named } from '../shared/names.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { UsageError } from './command.ts'

/** Somebody, or a chat, as the words of a command name them. @throws UsageError */
export function keyIn(typed: string): ExternalKey {
  const key = readKey(typed)
  if (!key)
    throw new UsageError(
      `"${asTyped(typed)}" is not of the form MESSENGER:ID, like telegram:123456789. People are found by "passalong people".`,
    )
  return key
}

/** Somebody whom the books know. @throws UsageError; Refusal `unknown_person` */
export async function personNamed(people: Pick<People, 'find'>, typed: string): Promise<KnownIdentity> {
  const { messenger, id } = keyIn(typed)
  const known = await people.find(messenger, id)
  if (!known) throw new Refusal('unknown_person', { typed: asTyped(typed) })
  return known
}

/** Somebody as programs get them. */
export const identityShown = ({ messenger, id, handle, name }: KnownIdentity) => ({
  messenger,
  id,
  handle,
  name,
})

/** What somebody on hold can't do. */
export const HELD = { send: 'on hold: cannot send', all: 'on hold: cannot send or collect' } as const

/** `telegram:123456789 Ada Lovelace (@ada)`: the key is what other commands take. */
export function whoIs(who: Named): string {
  const { messenger, id } = who
  const label = labelOf(who, undefined)
  return [id && keyOf({ messenger, id }), label ?? (id ? undefined : messenger)].filter(Boolean).join(' ')
}

/** A chat of each group that is among these parties, by the group's id. */
export const chatsOfParties = (
  groups: Pick<Groups, 'chatsOf'>,
  parties: Receiver[],
): Promise<Map<string, Chat>> =>
  groups.chatsOf([...new Set(parties.flatMap((party) => (party.kind === 'group' ? party.groupId : [])))])

/** Whose an account is, as programs get it. */
export function partyShown(party: Party, chats: Map<string, Chat>) {
  if (party.kind === 'person') return { kind: party.kind, ...identityShown(party.identity) }
  return party.kind === 'group' ? { kind: party.kind, chat: chats.get(party.groupId) ?? null } : party
}

/** Whose an account is, or whom a transfer is for, in words. */
export function partyName(party: Receiver, chats: Map<string, Chat>): string {
  switch (party.kind) {
    case 'person':
      return whoIs(party.identity)
    case 'handle':
      return `${party.messenger} @${party.handle}`
    case 'group':
      return `the treasury of ${chatName(chats.get(party.groupId))}`
    case 'issuer':
      return 'the issuer'
    case 'anyone':
      return 'anyone'
    case 'several':
      return `${party.claimed} of ${party.shares} shares taken`
  }
}

/** `telegram:-1001234567890 The club` */
export const chatName = (chat: Chat | undefined): string =>
  chat ? [keyOf(chat), chat.title].filter(Boolean).join(' ') : 'a group without a chat'
