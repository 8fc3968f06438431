import { and, inArray, ne } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts } from '../../db/schema.ts'
import type { Chat, Groups } from '../groups/groups.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { handleIn } from '../shared/keys.ts'
import { isForSeveral } from '../shared/shares.ts'
import type { ReadTransfer } from '../transfers/find.ts'

/** Whose an account is. */
export type Party =
  | { kind: 'person'; identity: KnownIdentity }
  | { kind: 'group'; groupId: string }
  | { kind: 'issuer' }

/** Whom a transfer is for, or who has collected it: of several only how many. */
export type Receiver =
  | Party
  | { kind: 'anyone' }
  | { kind: 'handle'; messenger: string; handle: string }
  | { kind: 'several'; claimed: number; shares: number }

/** A transfer with everybody in it, as a list shows it. */
export interface Row {
  transfer: ReadTransfer
  /** The chat that it was made in. */
  chat: Chat | undefined
  from: Party
  to: Receiver
}

export interface PartyNeeds {
  db: Database
  people: Pick<People, 'ofAccounts' | 'ofPersons'>
  groups: Pick<Groups, 'chatsOf'>
}

/** Whose these accounts are, by account id. @param messenger people are named as they are known there, if they are */
export async function partiesOf(
  { db, people }: Pick<PartyNeeds, 'db' | 'people'>,
  accountIds: string[],
  messenger: string | undefined,
): Promise<Map<string, Party>> {
  const parties = new Map<string, Party>()
  for (const [id, identity] of await people.ofAccounts(accountIds, messenger))
    parties.set(id, { kind: 'person', identity })
  const others = accountIds.filter((id) => !parties.has(id))
  if (others.length === 0) return parties
  const rows = await db
    .select({ id: accounts.id, groupId: accounts.groupId })
    .from(accounts)
    .where(and(inArray(accounts.id, others), ne(accounts.kind, 'person')))
  for (const { id, groupId } of rows)
    parties.set(id, groupId ? { kind: 'group', groupId } : { kind: 'issuer' })
  return parties
}

/**
 * Everybody in these transfers, in their order. People are named as they are known in the messenger of the chat that the transfer was made
 * in, so that nobody learns from it who they are elsewhere.
 * @param here the messenger to name them by, in place of that
 */
export async function rowsOf(needs: PartyNeeds, transfers: ReadTransfer[], here?: string): Promise<Row[]> {
  const groupIds = new Set(transfers.flatMap(({ groupId }) => groupId ?? []))
  const chats = await needs.groups.chatsOf([...groupIds])
  const chatOf = ({ groupId }: ReadTransfer) => chats.get(groupId ?? '')
  const messengerOf = (transfer: ReadTransfer) => here ?? chatOf(transfer)?.messenger
  const parties = new Map(
    await Promise.all(
      [...Map.groupBy(transfers, messengerOf)].map(
        async ([messenger, some]) =>
          [messenger, await partiesOf(needs, [...new Set(some.flatMap(accountsOf))], messenger)] as const,
      ),
    ),
  )
  return transfers.map((transfer) => {
    const partyOf = (id: string) => parties.get(messengerOf(transfer))?.get(id) as Party
    return {
      transfer,
      chat: chatOf(transfer),
      from: partyOf(transfer.fromAccount),
      to: receiverOf(transfer, partyOf),
    }
  })
}

function accountsOf(transfer: ReadTransfer): string[] {
  const { fromAccount, recipient, claims } = transfer
  const collected = isForSeveral(transfer) ? [] : claims.map(({ account }) => account)
  return [fromAccount, ...(recipient.kind === 'account' ? [recipient.account] : []), ...collected]
}

function receiverOf(transfer: ReadTransfer, partyOf: (account: string) => Party): Receiver {
  const { recipient, shares, claimed, claims } = transfer
  if (isForSeveral(transfer)) return { kind: 'several', claimed, shares }
  if (claims[0]) return partyOf(claims[0].account)
  switch (recipient.kind) {
    case 'anyone':
    case 'members':
    case 'present':
    case 'listed':
      return { kind: 'anyone' }
    case 'account':
      return partyOf(recipient.account)
    case 'handle':
      return { kind: 'handle', ...handleIn(recipient.handle) }
  }
}
