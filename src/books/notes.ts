import { asc, eq } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { transferNotes } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { cleanText } from '../shared/text.ts'

/** What an admin has written about a transfer. */
export interface AdminNote {
  by: ExternalKey
  at: Date
  text: string
}

/** How long an admin's note may be, in characters. */
export const MAX_ADMIN_NOTE = 1000

/**
 * Writes a note, which stays for good.
 * @returns false where nothing can be read in the text
 */
export async function addNote(
  db: Database,
  transferId: string,
  by: ExternalKey,
  text: string,
): Promise<boolean> {
  const clean = cleanText(text, MAX_ADMIN_NOTE)
  if (!clean) return false
  const { messenger, id: identity } = by
  await db.insert(transferNotes).values({ id: newId(), transferId, messenger, identity, text: clean })
  return true
}

/** The notes on a transfer, the first one first. */
export async function notesOn(db: Database, transferId: string): Promise<AdminNote[]> {
  const rows = await db
    .select()
    .from(transferNotes)
    .where(eq(transferNotes.transferId, transferId))
    .orderBy(asc(transferNotes.at), asc(transferNotes.id))
  return rows.map(({ messenger, identity, at, text }) => ({ by: { messenger, id: identity }, at, text }))
}
