import { hash } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Database, Transaction } from '../../db/postgres.ts'
import { groups, identities, people, tokens } from '../../db/schema.ts'
import { ConfigError, ROLES } from '../config.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { APP, wrongPersonId } from '../shared/person-ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { hashOf, newSecret } from './codes.ts'
import { type Grant, type LimitedGrant, type Scope, selfOf, type Verb, type Whom } from './scopes.ts'

/** Bearer tokens of programs. */
export interface Tokens {
  /**
   * The client that a bearer token belongs to, and what it may do; undefined where there is no such token.
   * @throws Refusal `token_ended`
   */
  grantOf(token: string): Promise<Grant | undefined>
  /** Makes a token that may do all for a client inside this process. It is valid as long as the process lives. */
  inProcess(client: string): string
}

/** Names of the service's own clients: idempotency keys are stored by the client's name, so no token may share them. */
const RESERVED = [...ROLES, 'pages']

/**
 * Makes a token, and ends the one that the name had before. Only its hash is stored. Who may not do all gets an account, which stays the name's own.
 * @throws ConfigError where the name is not valid, or is reserved
 */
export async function makeToken(
  db: Database,
  name: string,
  scope: Scope | 'all' = 'all',
  endsAt: Date | null = null,
): Promise<string> {
  if (!/^[\w.-]{1,64}$/.test(name) || /^\.{1,2}$/.test(name))
    throw new ConfigError('NAME: 1 to 64 letters, digits, dots, dashes and underscores.')
  if (RESERVED.includes(name))
    throw new ConfigError(`NAME: the service itself goes by "${name}"; choose another one.`)
  const self = scope === 'all' ? undefined : selfOf(name, scope)
  const problem = self && wrongPersonId(self.messenger, self.id)
  if (problem) throw new ConfigError(`NAME: ${problem}`)
  const token = `pa_${newSecret()}`
  const made = { hash: hashOf(token), createdAt: new Date(), usedAt: null, endsAt, ...columnsOf(scope) }
  await db.transaction(async (tx) => {
    if (self) await makeApp(tx, self)
    await tx
      .insert(tokens)
      .values({ name, ...made })
      .onConflictDoUpdate({ target: tokens.name, set: made })
  })
  return token
}

/** An app is a person whose only identity is its name. */
async function makeApp(tx: Transaction, { messenger, id }: ExternalKey): Promise<void> {
  const [known] = await tx
    .select({ id: identities.id })
    .from(identities)
    .where(and(eq(identities.messenger, messenger), eq(identities.id, id)))
  if (known) return
  const personId = newId()
  // Nobody reads there what would be told in private.
  await tx.insert(people).values({ id: personId, quiet: true })
  // An app is called by its id wherever it is shown; somebody of the sandbox like anybody of the playground.
  await tx.insert(identities).values({ messenger, id, personId, ...(messenger !== APP && { name: id }) })
}

type Row = typeof tokens.$inferSelect
type ScopeColumns = Pick<
  Row,
  'may' | 'everybody' | 'sandbox' | 'asset' | 'groupId' | 'perTransfer' | 'perDay' | 'counter'
>

function columnsOf(scope: Scope | 'all'): ScopeColumns {
  const {
    may,
    whom,
    perTransfer = null,
    perDay = null,
    counter = false,
  } = scope === 'all' ? { may: ['all'], whom: { kind: 'own' } as Whom } : scope
  return {
    may: [...may],
    everybody: whom.kind === 'everybody',
    sandbox: whom.kind === 'sandbox',
    asset: (whom.kind === 'everybody' && whom.asset) || null,
    groupId: whom.kind === 'group' ? whom.id : null,
    perTransfer,
    perDay,
    counter,
  }
}

/** What the columns of a token say that it may do. */
export function scopeOf({
  may,
  everybody,
  sandbox,
  asset,
  groupId,
  perTransfer,
  perDay,
  counter,
}: ScopeColumns): Scope | 'all' {
  if (may.includes('all')) return 'all'
  return {
    may: may as Verb[],
    whom: everybody
      ? { kind: 'everybody', ...(asset !== null && { asset }) }
      : groupId === null
        ? { kind: sandbox ? 'sandbox' : 'own' }
        : { kind: 'group', id: groupId },
    ...(perTransfer !== null && { perTransfer }),
    ...(perDay !== null && { perDay }),
    ...(counter && { counter }),
  }
}

/** What the token of an app may do that asks for whatever people type at its counter; undefined where it has none. */
export async function counterGrant(db: Database, name: string): Promise<LimitedGrant | undefined> {
  const [row] = await db
    .select()
    .from(tokens)
    .where(
      and(eq(tokens.name, name), tokens.counter, sql`coalesce(${tokens.endsAt} > clock_timestamp(), true)`),
    )
  const scope = row && scopeOf(row)
  return scope && scope !== 'all' ? { client: name, scope } : undefined
}

/** A token as operators see it. */
export interface MadeToken {
  name: string
  scope: Scope | 'all'
  createdAt: Date
  /** When a process last let it in, to the minute. `null`: it was not used, or by an earlier version alone. */
  usedAt: Date | null
  /** From then on it is taken no more; `null`: until it is revoked. */
  endsAt: Date | null
}

/** All tokens, by their names. */
export async function tokensMade(db: Database): Promise<MadeToken[]> {
  const rows = await db.select().from(tokens).orderBy(tokens.name)
  return rows.map(({ name, createdAt, usedAt, endsAt, ...row }) => ({
    name,
    scope: scopeOf(row),
    createdAt,
    usedAt,
    endsAt,
  }))
}

/** Ends a token: within two seconds no process takes it any more. @returns whether there was one of that name */
export async function revokeToken(db: Database, name: string): Promise<boolean> {
  const ended = await db.delete(tokens).where(eq(tokens.name, name)).returning({ name: tokens.name })
  return ended.length > 0
}

/** Reserved names for which an earlier version has made tokens. */
export async function findReserved(db: Database): Promise<string[]> {
  const rows = await db.select({ name: tokens.name }).from(tokens).where(inArray(tokens.name, RESERVED))
  return rows.map(({ name }) => name)
}

/** How long a process may still accept a token that was ended or replaced. */
const CACHE_MS = 2000

/** Tokens that were looked up are cached for two seconds. @param log for writes that fail in the background */
export function openTokens(db: Database, log: Pick<Logger, 'warn'>): Tokens {
  const cached = new LRUCache<string, Grant>({ max: 1000, ttl: CACHE_MS })
  const own = new Map<string, Grant>()
  const underWay = new Map<string, Promise<Grant | undefined>>()

  async function noteUse(name: string): Promise<void> {
    await db
      .update(tokens)
      .set({ usedAt: sql`now()` })
      .where(and(eq(tokens.name, name), usedLongAgo))
  }

  async function lookUp(token: string, key: string): Promise<Grant | undefined> {
    const [row] = await db
      .select({
        token: tokens,
        usedLongAgo: sql<boolean>`${usedLongAgo}`,
        millisecondsLeft,
        movedInto: groups.movedInto,
      })
      .from(tokens)
      .leftJoin(groups, eq(groups.id, tokens.groupId))
      .where(eq(tokens.hash, hashOf(token)))
    if (!row || RESERVED.includes(row.token.name)) return undefined
    const { name, groupId, ...columns } = row.token
    if (row.millisecondsLeft !== null && row.millisecondsLeft <= 0) throw new Refusal('token_ended')
    // A chat that its messenger has given another id is the same community.
    const grant = { client: name, scope: scopeOf({ ...columns, groupId: row.movedInto ?? groupId }) }
    cached.set(key, grant, { ttl: Math.min(CACHE_MS, Math.ceil(row.millisecondsLeft ?? CACHE_MS)) })
    // Not awaited: nothing depends on it, and where it fails, a later look-up tries again.
    if (row.usedLongAgo)
      noteUse(name).catch((error: unknown) =>
        log.warn({ err: error }, 'when a token was used could not be written'),
      )
    return grant
  }

  return {
    async grantOf(token) {
      const key = keyOf(token)
      const known = own.get(key) ?? cached.get(key)
      if (known) return known
      // One look-up for all who wait for it: each of its own would take a connection from what they ask for.
      const looking = underWay.get(key) ?? lookUp(token, key).finally(() => underWay.delete(key))
      underWay.set(key, looking)
      return looking
    },
    inProcess(client) {
      const token = newSecret()
      own.set(keyOf(token), { client, scope: 'all' })
      return token
    },
  }
}

/** Written once a minute at most, whatever the number of processes. */
const usedLongAgo = sql`coalesce(${tokens.usedAt} < now() - interval '1 minute', true)`

/** By the database's clock. */
const millisecondsLeft = sql<
  number | null
>`(extract(epoch from ${tokens.endsAt} - clock_timestamp()) * 1000)::float8`

/** A hash and not the token itself, so that the time of a look-up leaks nothing about it. */
const keyOf = (token: string) => hash('sha256', token, 'base64')
