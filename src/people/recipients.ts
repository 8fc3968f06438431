import { and, eq, getTableColumns, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, identities, people } from '../../db/schema.ts'
import type { Recipient, Transfer } from '../ledger/commands.ts'
import { handleIn } from '../shared/keys.ts'
import { chooseIdentity, type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'

/** The recipient of a transfer. */
export interface RecipientIdentity extends KnownIdentity {
  /** They want no private message when something waits for them. */
  quiet: boolean
}

/** What is needed of a transfer to find its recipient. */
export type Addressed = Pick<Transfer, 'recipient'>

/** A recipient as the key of a map: an account's id, or `messenger:handle` in lower case; for nobody in particular it is empty. */
export function recipientKey(recipient: Recipient): string {
  switch (recipient.kind) {
    case 'anyone':
    case 'members':
    case 'present':
    case 'listed':
      return ''
    case 'account':
      return recipient.account
    case 'handle':
      return recipient.handle
  }
}

/**
 * The recipients of transfers, as far as they are known, by `recipientKey`.
 * @param messenger decides which one is chosen of a person's several identities; a handle belongs to one
 */
export async function findRecipients(
  db: Database,
  transfers: Addressed[],
  messenger?: string,
): Promise<Map<string, RecipientIdentity>> {
  const accountIds = transfers.flatMap(({ recipient: to }) => (to.kind === 'account' ? to.account : []))
  const handles = transfers.flatMap(({ recipient: to }) => (to.kind === 'handle' ? to.handle : []))
  const found = await Promise.all([
    accountIds.length > 0 ? findByAccount(db, accountIds) : [],
    handles.length > 0 ? findByHandle(db, handles) : [],
  ])
  const recipients = new Map<string, RecipientIdentity>()
  for (const [key, rows] of Map.groupBy(found.flat(), ({ key }) => key)) {
    const identities = rows.map((row) => ({ ...toKnown(row), quiet: row.quiet }))
    const chosen = chooseIdentity(identities, messenger)
    if (chosen) recipients.set(key, chosen)
  }
  return recipients
}

const columns = { ...getTableColumns(identities), quiet: people.quiet }

const findByAccount = (db: Database, accountIds: string[]) =>
  db
    .select({ key: sql<string>`${accounts.id}`, ...columns })
    .from(accounts)
    .innerJoin(identities, eq(identities.personId, accounts.personId))
    .innerJoin(people, eq(people.id, accounts.personId))
    .where(inArray(accounts.id, accountIds))
    .orderBy(...lastSeenFirst)

function findByHandle(db: Database, keys: string[]) {
  const handle = sql<string>`lower(${identities.handle})`
  const byMessenger = [...Map.groupBy(keys.map(handleIn), ({ messenger }) => messenger)]
  const isOneOf: SQL | undefined = or(
    ...byMessenger.map(([messenger, some]) => {
      const handles = some.map((one) => one.handle)
      return and(eq(identities.messenger, messenger), inArray(handle, handles))
    }),
  )
  return db
    .select({ key: sql<string>`${identities.messenger} || ':' || ${handle}`, ...columns })
    .from(identities)
    .innerJoin(people, eq(people.id, identities.personId))
    .where(isOneOf)
    .orderBy(...lastSeenFirst)
}
