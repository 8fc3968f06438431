import { hash, randomBytes } from 'node:crypto'
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { joinCodes } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'

/** What a code to join a group is good for: once, for ten minutes. */
export interface JoinCode {
  groupId: string
  /** The admin who had it made. */
  by: ExternalKey
}

const SECONDS = 600
/** Crockford's base 32: no letter in it is taken for another one, or for a digit. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 16

/** Makes a code that people can type: `4K7Q-…`. Only its hash is stored. */
export async function storeJoinCode(
  db: Database,
  { groupId, by }: JoinCode,
): Promise<{ code: string; expiresAt: Date }> {
  await db.delete(joinCodes).where(lt(joinCodes.expiresAt, sql`now()`))
  const letters = [...randomBytes(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  const [row] = await db
    .insert(joinCodes)
    .values({
      hash: hashOf(letters),
      groupId,
      messenger: by.messenger,
      identity: by.id,
      expiresAt: sql`now() + make_interval(secs => ${SECONDS})`,
    })
    .returning()
  if (!row) throw new Error('A code that was just written is not there.')
  return { code: letters.replace(/.{4}(?=.)/g, '$&-'), expiresAt: row.expiresAt }
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

const isValid = (typed: string) => {
  const letters = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return and(eq(joinCodes.hash, hashOf(letters)), gt(joinCodes.expiresAt, sql`now()`))
}

const hashOf = (letters: string) => hash('sha256', letters, 'buffer')

const toCode = ({ groupId, messenger, identity }: typeof joinCodes.$inferSelect): JoinCode => ({
  groupId,
  by: { messenger, id: identity },
})
