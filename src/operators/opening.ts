import { hash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Database } from '../../db/postgres.ts'
import { groups, settings } from '../../db/schema.ts'
import type { Request } from '../ledger/rows.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { findAnswer } from '../transfers/idempotency.ts'

/**
 * For whom the service is open, from nobody to everybody: each step lets in those of the steps before it, so that going on
 * shuts nobody out. `closed` comes after them all: the service is wound down.
 */
export const STEPS = ['off', 'operators', 'groups', 'share', 'everybody', 'closed'] as const

const Setting = z.object({
  step: z.enum(STEPS),
  /** The groups that are let in from `groups` on, by the ids of their roots. */
  groups: z.array(z.string()).default([]),
  /** How many of a hundred people are let in at `share`. */
  share: z.number().default(0),
})

/** For whom the service is open. */
export type OpeningSetting = z.output<typeof Setting>

/** Somebody who wants to send something. */
export interface Sending {
  /** The id of the person. */
  person: string
  /** As whom they do it. */
  identity: ExternalKey
  /** The group where they do it. */
  groupId?: string | undefined
}

/** For whom the service is open. What was sent can be collected, cancelled and declined at every step. */
export interface Opening {
  /** As it is stored now. */
  read(): Promise<OpeningSetting>
  /** Other processes follow within `OPENING_CACHE_MS`. */
  save(setting: OpeningSetting): Promise<void>
  /**
   * Lets somebody send, or not.
   * @param request one that was answered before is let through to its answer
   * @throws Refusal `not_open_yet`, `winding_down`
   */
  admit(sending: Sending, request?: Request): Promise<void>
  /** @throws Refusal `winding_down`, where new money is not to be issued any more */
  admitIssue(request?: Request): Promise<void>
}

/** How long a process may still go by an earlier setting. */
export const OPENING_CACHE_MS = 2000

const EVERYBODY: OpeningSetting = { step: 'everybody', groups: [], share: 0 }
const NAME = 'opening'

/** The setting is a row of the database, and is cached. @param operators as the configuration names them */
export function openOpening(db: Database, operators: ReadonlySet<string>): Opening {
  const cache = new LRUCache<string, OpeningSetting>({ max: 1, ttl: OPENING_CACHE_MS, fetchMethod: read })

  async function read(): Promise<OpeningSetting> {
    const [row] = await db.select().from(settings).where(eq(settings.name, NAME))
    return row ? Setting.parse(row.value) : EVERYBODY
  }

  const current = async () => cache.get(NAME) ?? (await cache.forceFetch(NAME))

  async function letIn(isOpen: boolean, setting: OpeningSetting, request?: Request): Promise<void> {
    if (isOpen || (request && (await findAnswer(db, request.client, request.key)))) return
    throw new Refusal(setting.step === 'closed' ? 'winding_down' : 'not_open_yet')
  }

  /** The group that a group's rules and treasury belong to. */
  async function rootOf(groupId: string): Promise<string> {
    const [row] = await db.select({ root: groups.mergedInto }).from(groups).where(eq(groups.id, groupId))
    return row?.root ?? groupId
  }

  return {
    read,
    async save(setting) {
      await db
        .insert(settings)
        .values({ name: NAME, value: setting })
        .onConflictDoUpdate({ target: settings.name, set: { value: setting } })
      cache.clear()
    },
    async admit({ person, identity, groupId }, request) {
      const setting = await current()
      const isOpen = isOpenFor(setting, {
        person,
        isOperator: operators.has(keyOf(identity)),
        root: groupId && setting.groups.length > 0 ? await rootOf(groupId) : undefined,
      })
      await letIn(isOpen, setting, request)
    },
    async admitIssue(request) {
      const setting = await current()
      await letIn(setting.step !== 'closed', setting, request)
    },
  }
}

/**
 * Whether somebody may send.
 * @param who.person the id of the person, by which a share lets them in
 * @param who.root the group where they send
 */
export function isOpenFor(
  { step, groups, share }: OpeningSetting,
  { person, isOperator, root }: { person: string; isOperator: boolean; root?: string | undefined },
): boolean {
  switch (step) {
    case 'off':
    case 'closed':
      return false
    case 'operators':
      return isOperator
    case 'groups':
      return isOperator || (root !== undefined && groups.includes(root))
    case 'share':
      return isOperator || (root !== undefined && groups.includes(root)) || placeOf(person) < share
    case 'everybody':
      return true
  }
}

/**
 * A person's place among all people, from 0 up to 100, which never changes: so nobody who was let in is shut out as the share grows.
 */
function placeOf(person: string): number {
  const first = Number.parseInt(hash('sha256', `passalong opening ${person}`, 'hex').slice(0, 8), 16)
  return (first / 2 ** 32) * 100
}
