import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { joinCodes } from '../../db/schema.ts'
import { makeTypedCode, TYPED_CODE_SECONDS, typedCodeHash } from '../access/typed-codes.ts'
import type { ExternalKey } from '../shared/keys.ts'

/** What a code to join a group is good for: once, for ten minutes. */
export interface JoinCode {
  groupId: string
  /** The admin who had it made. */
  by: ExternalKey
}

/** Makes a code that people can type: `4K7Q-…`. Only its hash is stored. */
export async function storeJoinCode(
  db: Transaction,
  { groupId, by }: JoinCode,
): Promise<{ code: string; expiresAt: Date }> {
  await db.delete(joinCodes).where(lt(joinCodes.expiresAt, sql`now()`))
  const { code, hash } = makeTypedCode()
  const [row] = await db
    .insert(joinCodes)
    .values({
      hash,
      groupId,
      messenger: by.messenger,
      identity: by.id,
      expiresAt: sql`now() + make_interval(secs => ${TYPED_CODE_SECONDS})`,
    })
    .returning()
  if (!row) throw new Error('A code that was just written is not there.')
  return { code, expiresAt: row.expiresAt }
}

/** @param typed in letters of any case, with or without dashes @returns undefined where it was used, is too old, or never was */
export async function findJoinCode(db: Database, typed: string): Promise<JoinCode | undefined> {
  const [row] = await db.select().from(joinCodes).where(isValid(typed))
  return row && toCode(row)
}

/** Uses a code up. @returns undefined as of `findJoinCode` */
export async function useJoinCode(tx: Transaction, typed: string): Promise<JoinCode | undefined> {
  const [row] = await tx.delete(joinCodes).where(isValid(typed)).returning()
  return row && toCode(row)
}

const isValid = (typed: string) =>
  and(eq(joinCodes.hash, typedCodeHash(typed)), gt(joinCodes.expiresAt, sql`now()`))

const toCode = ({ groupId, messenger, identity }: typeof joinCodes.$inferSelect): JoinCode => ({
  groupId,
  by: { messenger, id: identity },
})
