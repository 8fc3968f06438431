import type { ChatUpdate } from '../groups/groups.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Result } from '../ledger/batch.ts'
import type { Actor, Claim } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import { actorOf } from './actor.ts'
import { askSender } from './ask-sender.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'
import { whichOfPhrase } from './phrase.ts'

/** A claim. */
export interface Collect {
  /**
   * The code; or the transfer's id, from a client that shows a button and knows who presses it; or the words that open it, with the chat
   * where they were typed.
   */
  what: { code: string } | { id: string } | { phrase: string; group?: ChatUpdate | null | undefined }
  by: IdentityUpdate
  request?: Request | undefined
}

/** What was paid; or, where nobody is paid before the transfer's end, the turn in which they take part. */
export type Collected = {
  /** With this claim only, whatever others it has paid. */
  transfer: ReadTransfer
} & ({ claim: Claim; turn?: undefined } | { turn: number; claim?: undefined })

/**
 * Collects: a share of the transfer's money becomes theirs, or they take part in what pays at its end.
 * What is for members of a group alone has its messengers asked first, which may take some seconds; what its sender confirms has them asked,
 * and is collected once they have said yes.
 * @throws Refusal those of `whichOfPhrase`, `phrase_needed`, `transfer_not_found`, `not_for_you`, `members_only`, `not_here_before`, `listed_only`, `members_unknown`, `awaiting_sender`, `sender_said_no`, `too_many_askers`, `handle_not_told`, `wrong_asset`, `own_transfer`, `already_yours`, `entered_already`,
 * `key_reused`, or one of `CLOSED`
 */
export async function collect(
  needs: Pick<
    Needs,
    | 'db'
    | 'ledger'
    | 'assets'
    | 'people'
    | 'groups'
    | 'memberships'
    | 'transfers'
    | 'secretKey'
    | 'deliveries'
    | 'log'
  >,
  { what, by, request }: Collect,
): Promise<Collected> {
  const { people, transfers, ledger, memberships } = needs
  const known = await people.recognise(by)
  const opened =
    'phrase' in what
      ? await whichOfPhrase(needs, what, known.person, request)
      : { which: 'code' in what ? await transfers.which(what.code) : what }

  /** Most transfers are for anyone, so nothing is looked up before the ledger says that it is needed. */
  async function submit(actor: Actor): Promise<Result> {
    try {
      return await ledger.submit({ do: 'collect', ...opened, by: actor }, request)
    } catch (error) {
      const code = error instanceof Refusal ? error.code : undefined
      if (code !== 'members_unknown' && code !== 'awaiting_sender') throw error
      const open = await transfers.of(opened.which)
      if (!open) throw error
      if (code === 'awaiting_sender') {
        // Nobody is asked about whom they couldn't pay: the ledger reads holds only where money moves.
        if ((await people.holdOf(known.person)) === 'all') throw new Refusal('on_hold')
        await askSender(needs, open, known, by)
        return submit({ ...actor, isConfirmed: true })
      }
      const isAmong = await isAmongThem(memberships, open, known.person)
      if (isAmong === undefined) throw error
      return submit({ ...actor, isAmong })
    }
  }

  const { transfer, claim, entrant } = await submit(actorOf(needs, known, by.handle))
  const saving = saveLabels(needs, [by])
  if (saving) await saving
  people.cacheOwner(accountOf(personOwner(known.person), transfer.asset).id, known)
  if (entrant) return { transfer: await transfers.withClaims(transfer), turn: entrant.turn }
  if (!claim) throw new Error('A collect that paid nothing.')
  return { transfer: { ...transfer, claims: [claim] }, claim }
}

/** Whether somebody is among those in its group whom a transfer is for; undefined where nobody can tell. */
async function isAmongThem(
  memberships: Needs['memberships'],
  { groupId, recipient, createdAt }: ReadTransfer,
  person: string,
): Promise<boolean | undefined> {
  if (!groupId) return undefined
  return recipient.kind === 'present'
    ? memberships.wasMember(groupId, person, createdAt)
    : memberships.isMember(groupId, person)
}
