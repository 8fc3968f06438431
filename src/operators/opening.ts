import { hash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Database } from '../../db/postgres.ts'
import { people, settings } from '../../db/schema.ts'
import type { Groups } from '../groups/groups.ts'
import type { Trail } from '../groups/trail.ts'
import type { Request } from '../ledger/rows.ts'
import { everybodyIn } from '../people/everybody.ts'
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
  /** The ids of the groups that are let in from `groups` on, with those that are joined to them. */
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
  save(setting: OpeningSetting, by: ExternalKey): Promise<void>
  /**
   * Lets somebody send, or not.
   * @param request one that was answered before is let through to its answer
   * @throws Refusal `not_open_yet`, `winding_down`
   */
  admit(sending: Sending, request?: Request): Promise<void>
  /** As `admit`, for what isn't sent by somebody, such as an issue. @throws Refusal `winding_down` */
  admitNew(request?: Request): Promise<void>
  /** About how many of the people whom we have met each step would let in. */
  reach(setting: OpeningSetting): Promise<Reach>
  /** Whether the service is wound down. */
  isClosed(): Promise<boolean>
}

/** People, by the step that would let them in. */
export type Reach = Record<OpeningSetting['step'], number>

/** How long a process may still go by an earlier setting. */
const OPENING_CACHE_MS = 2000

const EVERYBODY: OpeningSetting = { step: 'everybody', groups: [], share: 0 }
const NAME = 'opening'

interface Needs {
  db: Database
  groups: Pick<Groups, 'rootOf'>
  trail: Pick<Trail, 'append'>
  config: { operators: ReadonlySet<string> }
}

/** The setting is a row of the database, and is cached. */
export function openOpening({ db, groups, trail, config: { operators } }: Needs): Opening {
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

  return {
    read,
    async save(setting, by) {
      await db.transaction(async (tx) => {
        await tx
          .insert(settings)
          .values({ name: NAME, value: setting })
          .onConflictDoUpdate({ target: settings.name, set: { value: setting } })
        await trail.append({ groupId: null, by, what: 'opening', details: setting }, tx)
      })
      cache.clear()
    },
    async admit({ person, identity, groupId }, request) {
      const setting = await current()
      const isOpen = isOpenFor(setting, {
        person,
        isOperator: operators.has(keyOf(identity)),
        groups: groupId && setting.groups.length > 0 ? [groupId, await groups.rootOf(groupId)] : [],
      })
      await letIn(isOpen, setting, request)
    },
    async admitNew(request) {
      const setting = await current()
      await letIn(setting.step !== 'closed', setting, request)
    },
    async reach(setting) {
      const everybody = await db.$count(people)
      const inGroups = await Promise.all(setting.groups.map((group) => everybodyIn(db, group)))
      const listed = new Set(inGroups.flat().map(({ person }) => person)).size
      const share = Math.max(listed, Math.round((everybody * setting.share) / 100))
      return { off: 0, operators: operators.size, groups: listed, share, everybody, closed: 0 }
    },
    isClosed: async () => (await current()).step === 'closed',
  }
}

/**
 * Whether somebody may send.
 * @param who.person the id of the person, by which a share lets them in
 * @param who.groups the group where they send, and the one that it is joined to
 */
export function isOpenFor(
  { step, groups, share }: OpeningSetting,
  who: { person: string; isOperator: boolean; groups: string[] },
): boolean {
  const isListed = who.groups.some((group) => groups.includes(group))
  switch (step) {
    case 'off':
    case 'closed':
      return false
    case 'operators':
      return who.isOperator
    case 'groups':
      return who.isOperator || isListed
    case 'share':
      return who.isOperator || isListed || placeOf(who.person) < share
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
