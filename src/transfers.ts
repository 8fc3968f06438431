import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../db/postgres.ts'
import { shortCodes, transfers } from '../db/schema.ts'
import { codeHashOf, codeOf, isShort, shortHashOf } from './codes.ts'
import type { Transfer, Which } from './ledger/rules.ts'
import { type Asset, formatAmount } from './money.ts'
import type { Chat, Groups } from './people/groups.ts'
import type { Identity } from './people/identity.ts'
import type { People } from './people/people.ts'

/** A transfer as the outside sees it: amounts are decimal strings, times RFC 3339. Holds the code: it is as good as money. */
export interface TransferView {
  id: string
  code: string
  link: string
  state: Transfer['state']
  asset: string
  amount: string
  /** `null`: the issuer. */
  from: Identity | null
  /** `null`: whoever has the code. An `id` of `null`: a handle that was not met yet. */
  to: (Omit<Identity, 'id'> & { id: string | null; quiet?: boolean }) | null
  note: string | null
  /** The chat that the group is shown by. */
  group: Chat | null
  createdAt: string
  expiresAt: string
  closedAt: string | null
  collectedBy: Identity | null
}

export interface Transfers {
  byId(id: string): Promise<Transfer | undefined>
  byCode(code: string): Promise<Transfer | undefined>
  /** What a code opens, for a command to the ledger; there need be no such transfer. */
  which(code: string): Which | Promise<Which>
  /**
   * The code, where the caller knows it, need not be made again.
   * @param messenger where it is shown: people and groups are named as they are known there, if they are
   */
  view(transfer: Transfer, code?: string, messenger?: string): Promise<TransferView>
  views(transfers: Transfer[], messenger?: string): Promise<TransferView[]>
  /** As they are needed to post cards: they tell also whether an open one's recipient wants no mention. */
  viewsForCards(transfers: Transfer[], messenger?: string): Promise<TransferView[]>
}

interface Sources {
  db: Database
  people: People
  groups: Groups
  assets: Map<string, Asset>
  secretKey: string
  /** Where the pages are reached, known only when the server listens. */
  publicUrl(): string
}

export function openTransfers({ db, people, groups, assets, secretKey, publicUrl }: Sources): Transfers {
  const one = async (where: SQL) => {
    const [row] = await selectTransfers(db).where(where)
    return row
  }

  function whichOf(code: string): Which | Promise<Which> {
    return isShort(code) ? whichOfShort(code) : { codeHash: codeHashOf(code) }
  }

  async function whichOfShort(code: string): Promise<Which> {
    const [row] = await db
      .select({ id: shortCodes.transferId })
      .from(shortCodes)
      .where(eq(shortCodes.hash, shortHashOf(code)))
    return row ?? { codeHash: codeHashOf(code) }
  }

  function viewOf(
    transfer: Transfer,
    owners: Map<string, Identity>,
    chats: Map<string, Chat>,
    code = codeOf(secretKey, transfer.id),
  ): TransferView {
    return {
      id: transfer.id,
      code,
      link: `${publicUrl()}/c/${code}`,
      state: transfer.state,
      asset: transfer.asset,
      amount: formatAmount(transfer.amount, scaleOf(transfer.asset)),
      from: identityOf(owners.get(transfer.fromAccount)),
      to: recipient(transfer, owners),
      note: transfer.note,
      group: (transfer.groupId && chats.get(transfer.groupId)) || null,
      createdAt: transfer.createdAt.toISOString(),
      expiresAt: transfer.expiresAt.toISOString(),
      closedAt: transfer.closedAt?.toISOString() ?? null,
      collectedBy: identityOf(owners.get(transfer.collectedBy ?? '')),
    }
  }

  const scaleOf = (code: string) => {
    const asset = assets.get(code)
    if (!asset) throw new Error(`The asset ${code} is in the books, but not in ASSETS.`)
    return asset
  }

  async function views(list: Transfer[], messenger?: string): Promise<TransferView[]> {
    const owners = await people.ofAccounts([...new Set(list.flatMap(accountsOf))], messenger)
    const chats = await groups.chatsOf([...new Set(list.flatMap(groupsOf))], messenger)
    return list.map((transfer) => viewOf(transfer, owners, chats))
  }

  async function viewsForCards(list: Transfer[], messenger?: string): Promise<TransferView[]> {
    const [all, recipients] = await Promise.all([
      views(list, messenger),
      people.recipients(
        list.filter(({ state }) => state === 'open'),
        messenger,
      ),
    ])
    return all.map((view, index) => {
      const { toAccount, toHandle } = list[index] as Transfer
      const quiet = recipients.get(toAccount ?? toHandle ?? '')?.quiet ?? false
      return view.to && view.state === 'open' ? { ...view, to: { ...view.to, quiet } } : view
    })
  }

  return {
    byId: (id) => one(eq(transfers.id, id)),
    byCode: async (code) => {
      const which = await whichOf(code)
      return one('id' in which ? eq(transfers.id, which.id) : eq(transfers.codeHash, which.codeHash))
    },
    which: whichOf,
    async view(transfer, code, messenger) {
      const owners = await people.ofAccounts(accountsOf(transfer), messenger)
      return viewOf(transfer, owners, await groups.chatsOf(groupsOf(transfer), messenger), code)
    },
    views,
    viewsForCards,
  }
}

/** Transfers with who collected them; the caller adds conditions and order. */
export function selectTransfers(db: Database) {
  const { codeHash: _, ...columns } = getTableColumns(transfers)
  return db
    .select({
      ...columns,
      // Written out: in a select from one table drizzle leaves the table's name away, and `id` would be the entry's.
      collectedBy: sql<string | null>`(
        select e.account_id from entries e where e.transfer_id = transfers.id and e.kind = 'collect')`,
    })
    .from(transfers)
    .$dynamic()
}

const accountsOf = ({ fromAccount, toAccount, collectedBy }: Transfer) =>
  [fromAccount, toAccount, collectedBy].filter((account) => account !== null)
const groupsOf = ({ groupId }: Transfer) => (groupId === null ? [] : [groupId])

const identityOf = (identity: Identity | undefined): Identity | null =>
  identity
    ? { messenger: identity.messenger, id: identity.id, handle: identity.handle, name: identity.name }
    : null

function recipient(transfer: Transfer, owners: Map<string, Identity>): TransferView['to'] {
  if (transfer.toAccount) return identityOf(owners.get(transfer.toAccount))
  if (!transfer.toHandle) return null
  const cut = transfer.toHandle.indexOf(':')
  return {
    messenger: transfer.toHandle.slice(0, cut),
    id: null,
    handle: transfer.toHandle.slice(cut + 1),
    name: null,
  }
}
