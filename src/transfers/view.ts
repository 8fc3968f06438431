import type { Assets } from '../assets.ts'
import { codeOf } from '../codes.ts'
import type { Group, Groups } from '../groups.ts'
import type { Transfer } from '../ledger/rules.ts'
import type { Identity, People } from '../people.ts'
import { handleIn } from './handles.ts'

/** A transfer as the outside sees it: amounts are decimal strings, times RFC 3339. It holds no secret. */
export interface TransferView {
  id: string
  state: Transfer['state']
  asset: string
  amount: string
  /** `null`: the issuer. */
  from: Identity | null
  /** `null`: whoever has the code. An `id` of `null`: a handle that was not met yet. */
  to: (Omit<Identity, 'id'> & { id: string | null; quiet?: boolean }) | null
  note: string | null
  group: Group | null
  createdAt: string
  expiresAt: string
  closedAt: string | null
  /** Of a transfer of one share. */
  collectedBy: Identity | null
  /** How many may collect it, each once. */
  shares: number
  /** Who has collected: the newest first, the newest 100 at most. In the answer to a claim that claim alone. */
  claims: ClaimView[]
}

export interface ClaimView {
  /** `null`: the issuer. */
  by: Identity | null
  amount: string
  at: string
}

/** A view with the code, which is as good as money, and with the link that opens it. */
export type ViewWithCode = TransferView & { code: string; link: string }

/** How transfers look from outside. */
export interface Views {
  view(transfer: Transfer): Promise<TransferView>
  views(transfers: Transfer[]): Promise<TransferView[]>
  /** As it is needed to post a card: it tells also whether an open one's recipient wants no mention. */
  viewForCard(transfer: Transfer): Promise<TransferView>
  viewsForCards(transfers: Transfer[]): Promise<TransferView[]>
  /** Adds code and link, for whoever may collect by them. A code that the caller has at hand need not be made again. */
  withCode(view: TransferView, code?: string): ViewWithCode
}

interface Sources {
  people: People
  groups: Groups
  assets: Assets
  secretKey: string
  /** Where the pages are reached, known only when the server listens. */
  publicUrl(): string
}

export function openViews({ people, groups, assets, secretKey, publicUrl }: Sources): Views {
  function viewOf(
    transfer: Transfer,
    owners: Map<string, Identity>,
    titles: Map<string, Group>,
  ): TransferView {
    return {
      id: transfer.id,
      state: transfer.state,
      asset: transfer.asset,
      amount: assets.formatted(transfer.amount, transfer.asset),
      from: identityOf(owners.get(transfer.fromAccount)),
      to: recipient(transfer, owners),
      note: transfer.note,
      group: (transfer.groupId && titles.get(transfer.groupId)) || null,
      createdAt: transfer.createdAt.toISOString(),
      expiresAt: transfer.expiresAt.toISOString(),
      closedAt: transfer.closedAt?.toISOString() ?? null,
      collectedBy: identityOf(owners.get(transfer.collectedBy ?? '')),
      shares: 1,
      claims: claimsOf(transfer).map(({ account, amount, at }) => ({
        by: identityOf(owners.get(account)),
        amount: assets.formatted(amount, transfer.asset),
        at: at.toISOString(),
      })),
    }
  }

  async function view(transfer: Transfer): Promise<TransferView> {
    const owners = await people.ofAccounts(accountsOf(transfer))
    return viewOf(transfer, owners, await groups.ofIds(groupsOf(transfer)))
  }

  async function views(list: Transfer[]): Promise<TransferView[]> {
    const owners = await people.ofAccounts([...new Set(list.flatMap(accountsOf))])
    const titles = await groups.ofIds([...new Set(list.flatMap(groupsOf))])
    return list.map((transfer) => viewOf(transfer, owners, titles))
  }

  async function viewsForCards(list: Transfer[]): Promise<TransferView[]> {
    const [all, recipients] = await Promise.all([
      views(list),
      people.recipients(list.filter(({ state }) => state === 'open')),
    ])
    return all.map((view, index) => {
      const { toAccount, toHandle } = list[index] as Transfer
      const quiet = recipients.get(toAccount ?? toHandle ?? '')?.quiet ?? false
      return view.to && view.state === 'open' ? { ...view, to: { ...view.to, quiet } } : view
    })
  }

  async function viewForCard(transfer: Transfer): Promise<TransferView> {
    const [view] = await viewsForCards([transfer])
    return view as TransferView
  }

  function withCode({ id, ...rest }: TransferView, code = codeOf(secretKey, id)): ViewWithCode {
    return { id, code, link: `${publicUrl()}/c/${code}`, ...rest }
  }

  return { view, views, viewForCard, viewsForCards, withCode }
}

const accountsOf = (transfer: Transfer) =>
  [transfer.fromAccount, transfer.toAccount, ...claimsOf(transfer).map(({ account }) => account)].filter(
    (account) => account !== null,
  )

interface Claim {
  account: string
  /** Minor units. */
  amount: bigint
  at: Date
}

/** A transfer of one share is closed by the claim that pays it, and by the same entry. */
const claimsOf = ({ collectedBy, amount, closedAt }: Transfer): Claim[] =>
  collectedBy !== null && closedAt !== null ? [{ account: collectedBy, amount, at: closedAt }] : []

const groupsOf = ({ groupId }: Transfer) => (groupId === null ? [] : [groupId])

/** What is told of somebody: their messenger's words for them, and nothing of ours. */
export const identityOf = (identity: Identity | undefined): Identity | null =>
  identity
    ? { messenger: identity.messenger, id: identity.id, handle: identity.handle, name: identity.name }
    : null

function recipient({ toAccount, toHandle }: Transfer, owners: Map<string, Identity>): TransferView['to'] {
  if (toAccount) return identityOf(owners.get(toAccount))
  if (!toHandle) return null
  const { messenger, handle } = handleIn(toHandle)
  return { messenger, id: null, handle, name: null }
}
