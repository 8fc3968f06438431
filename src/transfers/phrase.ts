import { inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { inTurn, phraseHashOf, phraseOf, slowHashOf } from '../access/phrases.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import type { Draft, Which } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import { newId } from '../shared/ids.ts'
import type { Language } from '../shared/language.ts'
import { mayBePhrase } from '../shared/phrase.ts'
import { Refusal } from '../shared/refusal.ts'
import { tryPhrase } from './guesses.ts'
import { findAnswer } from './idempotency.ts'
import type { Needs } from './needs.ts'
import { checkStrength } from './phrase-strength.ts'

/** Words that are to open a transfer in place of its code. */
export interface PhraseAsked {
  /** Chosen by the sender; left out: some are made. */
  words?: string | undefined
  /** Of made ones; English by default. */
  language?: Language | undefined
  /** Whether they open it in its group alone. */
  here?: boolean | undefined
}

type PhraseNeeds = Pick<Needs, 'db' | 'groups' | 'secretKey'>

/**
 * Makes a transfer, with the words that open it where some are asked for. Nothing is kept of them but a slow hash. That chosen words are in
 * use already tells something of another transfer, so choosing is a guess.
 * @throws Refusal `phrase_weak`, `phrase_taken`, `phrase_paused`, `invalid_request`, and whatever `make` throws
 */
export async function withPhrase<T>(
  needs: PhraseNeeds,
  {
    phrase,
    draft,
    person,
    request,
  }: { phrase: PhraseAsked | undefined; draft: Draft; person: string; request: Request | undefined },
  make: (draft: Draft) => Promise<T>,
): Promise<T> {
  if (!phrase || (await isAnswered(needs, request))) return make(draft)
  const { words, here = false } = phrase
  const { groupId, id, amount, asset } = draft
  if (here && !groupId) throw new Refusal('invalid_request', { problem: 'phrase.here: names no group' })
  const { secretKey } = needs
  const makeWith = (slow: Buffer) =>
    make({ ...draft, phrase: { hash: phraseHashOf(slow, (here && groupId) || 'anywhere'), here } })
  if (words === undefined)
    return makeWith(await inTurn(() => slowHashOf(secretKey, madePhrase(secretKey, id, phrase))))
  checkStrength(words, amount, asset)
  return tryPhrase(needs, { person, group: groupId && (await needs.groups.rootOf(groupId)) }, words, makeWith)
}

/** The words that were made for a transfer. */
export const madePhrase = (secretKey: string, id: string, { language = 'en' }: PhraseAsked): string =>
  phraseOf(secretKey, id, language)

/**
 * The transfer that words open, in the ledger's terms.
 * @param group the chat where they were typed
 * @throws Refusal `phrase_unknown`, `phrase_paused`
 */
export async function whichOfPhrase(
  needs: PhraseNeeds,
  { phrase, group }: { phrase: string; group?: ChatUpdate | null | undefined },
  person: string,
  request: Request | undefined,
): Promise<{ which: Which; phraseHash?: string }> {
  const { db, groups } = needs
  const answered = await isAnswered(needs, request)
  // The ledger gives the first answer again, whatever the transfer is.
  if (answered) return { which: { id: 'transfer' in answered ? answered.transfer : newId() } }
  if (!mayBePhrase(phrase)) throw new Refusal('phrase_unknown')
  const groupId = group ? await groups.find(group.messenger, group.id) : undefined
  const guesser = { person, group: groupId && (await groups.rootOf(groupId)) }
  return tryPhrase(needs, guesser, phrase, async (slow) => {
    const scopes = ['anywhere', ...(groupId ? await booksOf(needs, groupId) : [])]
    const found = await openedBy(db, slow, scopes)
    if (!found?.phraseHash) throw new Refusal('phrase_unknown')
    return { which: { id: found.id }, phraseHash: found.phraseHash }
  })
}

/** What words open in some of their scopes: of several transfers one that is open, else the newest. @param slow their slow hash */
export async function openedBy(db: Database, slow: Buffer, scopes: string[]) {
  const [found] = await db
    .select({ id: transfers.id, phraseHash: transfers.phraseHash })
    .from(transfers)
    .where(
      inArray(
        transfers.phraseHash,
        scopes.map((scope) => phraseHashOf(slow, scope)),
      ),
    )
    .orderBy(sql`${transfers.state} = 'open' desc, ${transfers.id} desc`)
    .limit(1)
  return found
}

const isAnswered = async ({ db }: PhraseNeeds, request: Request | undefined) =>
  request && (await findAnswer(db, request.client, request.key))

async function booksOf({ db }: PhraseNeeds, groupId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`select books_of(${groupId}::uuid) as id`)
  return rows.map(({ id }) => id)
}
