import { databaseTime } from '../../db/clock.ts'
import { PHRASE_WORDS } from '../access/phrase-words.ts'
import { inTurn, phraseHashOf, phraseOf, slowHashOf } from '../access/phrases.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { whyClosed } from '../ledger/rules.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import type { Language } from '../shared/language.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'

/**
 * The words that were made to open a transfer, for its sender. They follow from its id, and are known by their hash; what its sender has
 * chosen nobody else knows.
 * @throws Refusal `transfer_not_found`, `not_sender`, `no_phrase`, `phrase_chosen`, `overloaded`, or one of `CLOSED`
 */
export async function showPhrase(
  { db, people, transfers, secretKey }: Pick<Needs, 'db' | 'people' | 'transfers' | 'secretKey'>,
  { id, by }: { id: string; by: IdentityUpdate },
): Promise<string> {
  const { person } = await people.recognise(by)
  const transfer = await transfers.byId(id)
  if (!transfer) throw new Refusal('transfer_not_found')
  const { asset, fromAccount, phraseHash, phraseHere, groupId } = transfer
  const account = accountOf(personOwner(person), asset).id
  if (fromAccount !== account) throw new Refusal('not_sender')
  const closed = whyClosed(await databaseTime(db), transfer, account)
  if (closed) throw closed
  if (phraseHash === null) throw new Refusal('no_phrase')
  const scope = (phraseHere && groupId) || 'anywhere'
  for (const language of Object.keys(PHRASE_WORDS) as Language[]) {
    const words = phraseOf(secretKey, id, language)
    const slow = await inTurn(() => slowHashOf(secretKey, words))
    if (phraseHashOf(slow, scope) === phraseHash) return words
  }
  throw new Refusal('phrase_chosen')
}
