import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { chats, groups, identities, memberships, tokens } from '../../db/schema.ts'
import { type Member, QUESTION_SECONDS, type Questions } from '../delivery/questions.ts'
import type { People } from '../people/people.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { APP } from '../shared/person-ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { openPause } from '../shared/repeat.ts'
import { type Groups, isPartOf } from './groups.ts'

/**
 * Who is in a group, and who is an admin of it. Each chat's own messenger says so, for the identity that a person has there; what it
 * has said holds for a minute.
 */
export interface Memberships {
  /**
   * Whether a person is an admin of one of the chats of a group's root, or the app of a token for that group.
   * @param seconds how old an answer of a messenger may be
   * @throws Refusal `admins_unknown` where no messenger says yes, and one doesn't answer, or doesn't tell
   */
  isAdmin(groupId: string, person: string, seconds?: number): Promise<boolean>
  /** Whether a person is in one of these chats. undefined: no messenger says yes, and one doesn't answer, or doesn't tell */
  isMember(groupId: string, person: string): Promise<boolean | undefined>
  /** The same of those who are known to have been in one of these chats before a moment, and not to have left it since. */
  wasMember(groupId: string, person: string, before: Date): Promise<boolean | undefined>
  /** Notes what a messenger has just said of somebody. `null`: it doesn't tell. */
  told(said: Said): Promise<void>
  /** Notes who was seen in a chat, in the order in which it happened. */
  saw(chat: { messenger: string; id: string }, sights: Sight[]): Promise<void>
  /** Names somebody an admin of a chat, or takes that back. @returns whether that changes anything */
  name(seat: Member, isNamed: boolean, within: Transaction): Promise<boolean>
  /** Ids of those who were named admins of a chat. */
  namedIn(chat: { messenger: string; id: string }): Promise<string[]>
  /** The groups, each the root of its chats, that a person was last known to be an admin of. */
  groupsOf(person: string): Promise<{ id: string; title: string | null }[]>
}

/** What a messenger says of somebody in a chat. */
export interface Said {
  messenger: string
  chat: string
  /** The messenger's own id of the person. */
  identity: string
  isAdmin?: boolean | null
  isMember?: boolean | null
  /** Since when they are in it, where the messenger tells. */
  since?: Date | undefined
}

/** Somebody who was seen in a chat, by the messenger's own id, at that moment or before it. */
export interface Sight {
  id: string
  at: Date
  what: 'there' | 'joined' | 'left'
}

/** One of a person's identities in one of a group's chats. */
interface Seat extends Member {
  isAdmin: boolean | null
  isMember: boolean | null
  isNamed: boolean | null
  since: Date | null
  /** Whether its messenger has said so lately. */
  isFresh: boolean
}

/** How long an answer holds, unless a younger one is asked for. */
const FRESH_SECONDS = 60
/** Between two looks for answers whose notification was lost, in milliseconds. */
const POLL_MS = 250

/**
 * Answers are rows of the database, which every process reads. Who is asked about, and the chat, need not be there yet.
 * @param patienceSeconds how long an answer is waited for
 */
export function openMemberships(
  db: Database,
  groupsOfChats: Groups,
  people: Pick<People, 'expected'>,
  questions: Questions,
  patienceSeconds = QUESTION_SECONDS,
): Memberships {
  async function seatsOf(groupId: string, person: string, seconds: number): Promise<Seat[]> {
    const [chat, identity] = [groupsOfChats.expected(groupId), people.expected(person)]
    const orExpected = (one: ExternalKey | undefined) =>
      one ? sql`union select ${one.messenger}::text, ${one.id}::text` : sql``
    const rows = await db.execute<Omit<Seat, 'since'> & { since: string | null }>(sql`
      with place as (
        select ${chats.messenger}, ${chats.id} from ${chats} join ${groups} on ${groups.id} = ${chats.groupId}
        where ${isPartOf(await groupsOfChats.rootOf(groupId))} ${orExpected(chat)}
      ), own as (
        select ${identities.messenger}, ${identities.id} from ${identities}
        where ${identities.personId} = ${person} ${orExpected(identity)}
      )
      select place.messenger, place.id as chat, own.id, is_admin as "isAdmin", is_member as "isMember", is_named as "isNamed", since,
        coalesce(checked_at > now() - make_interval(secs => ${seconds}), false) as "isFresh"
      from place join own using (messenger)
      left join memberships m on m.messenger = place.messenger and m.chat = place.id and m.identity = own.id`)
    return rows.map(({ since, ...seat }) => ({ ...seat, since: since === null ? null : new Date(since) }))
  }

  /**
   * What the messengers say; those that have not said it lately are asked, until one says yes or all have answered.
   * @param isSure whether nobody need be asked
   */
  async function lookUp(
    groupId: string,
    person: string,
    whether: (seat: Seat) => boolean | null,
    seconds = FRESH_SECONDS,
    isSure: (seat: Seat) => boolean | null = () => false,
  ) {
    const until = Date.now() + patienceSeconds * 1000
    let seats = await seatsOf(groupId, person, seconds)
    if (seats.some(isSure)) return true
    const isDecided = () => seats.some((seat) => seat.isFresh && whether(seat)) || seats.every(isFresh)
    if (!isDecided()) {
      const pause = openPause()
      const asked = seats.filter((seat) => !seat.isFresh)
      const end = questions.onAnswer(asked, pause.end)
      try {
        await questions.ask(asked)
        for (let left = 1; left > 0 && !isDecided(); left = until - Date.now()) {
          await pause.wait(POLL_MS)
          seats = await seatsOf(groupId, person, seconds)
        }
      } finally {
        end()
      }
    }
    if (seats.some((seat) => seat.isFresh && whether(seat))) return true
    return seats.every((seat) => seat.isFresh && whether(seat) === false) ? false : undefined
  }

  /** Of what an admin may do, the token lets it do what its verbs say. */
  async function isAppOf(groupId: string, person: string): Promise<boolean> {
    const root = await groupsOfChats.rootOf(groupId)
    const [app] = await db
      .select({ name: tokens.name })
      .from(identities)
      .innerJoin(tokens, and(eq(identities.messenger, APP), eq(tokens.name, identities.id)))
      .innerJoin(groups, eq(groups.id, tokens.groupId))
      .where(and(eq(identities.personId, person), eq(sql`coalesce(${groups.movedInto}, ${groups.id})`, root)))
    return app !== undefined
  }

  return {
    async isAdmin(groupId, person, seconds) {
      const answer = await lookUp(
        groupId,
        person,
        (seat) => seat.isAdmin,
        seconds,
        (seat) => seat.isNamed,
      )
      if (answer === undefined) throw new Refusal('admins_unknown')
      return answer || isAppOf(groupId, person)
    },
    isMember: (groupId, person) => lookUp(groupId, person, ({ isMember }) => isMember),
    wasMember: (groupId, person, before) =>
      lookUp(groupId, person, ({ isMember, since }) => isMember && since !== null && since < before),
    async told({ messenger, chat, identity, isAdmin = null, isMember = null, since }) {
      const row = { isAdmin, isMember, checkedAt: sql`now()` }
      const known = since ? sql`least(${since.toISOString()}::timestamptz, now())` : sql`now()`
      await db
        .insert(memberships)
        .values({ messenger, chat, identity, ...row, since: isMember ? known : null })
        .onConflictDoUpdate({
          target: SEAT,
          set: {
            ...row,
            ...(isMember === false && { since: null }),
            ...(isMember && { since: since ? known : sql`coalesce(${memberships.since}, now())` }),
          },
        })
      questions.answered({ messenger, chat, id: identity })
    },
    async saw(chat, sights) {
      // Of whom has come or gone, that is what counts.
      const last = new Map<string, Sight>()
      for (const sight of sights) if (sight.what !== 'there' || !last.has(sight.id)) last.set(sight.id, sight)
      const { there = [], moved = [] } = Object.groupBy(last.values(), ({ what }) =>
        what === 'there' ? 'there' : 'moved',
      )
      if (there.length > 0)
        await db
          .insert(memberships)
          .values(rowsOf(chat, there))
          .onConflictDoUpdate({
            target: SEAT,
            set: { since: sql`excluded.since` },
            setWhere: isNull(memberships.since),
          })
      if (moved.length > 0)
        await db
          .insert(memberships)
          .values(rowsOf(chat, moved))
          // What the messenger has said before doesn't hold any more.
          .onConflictDoUpdate({ target: SEAT, set: { since: sql`excluded.since`, checkedAt: LONG_AGO } })
    },
    async name({ messenger, chat, id: identity }, isNamed, within) {
      const [before] = await within
        .insert(memberships)
        .values({ messenger, chat, identity, checkedAt: LONG_AGO })
        .onConflictDoUpdate({ target: SEAT, set: { identity } })
        .returning({ isNamed: memberships.isNamed })
      if (before?.isNamed === isNamed) return false
      const isTheirs = and(
        eq(memberships.messenger, messenger),
        eq(memberships.chat, chat),
        eq(memberships.identity, identity),
      )
      await within.update(memberships).set({ isNamed }).where(isTheirs)
      return true
    },
    async namedIn({ messenger, id }) {
      const isThere = and(eq(memberships.messenger, messenger), eq(memberships.chat, id), memberships.isNamed)
      const rows = await db.select().from(memberships).where(isThere).orderBy(memberships.identity)
      return rows.map(({ identity }) => identity)
    },
    async groupsOf(person) {
      const root = sql<string>`coalesce(${groups.mergedInto}, ${groups.id})`
      const rows = await db
        .selectDistinct({ root })
        .from(identities)
        .innerJoin(
          memberships,
          and(eq(memberships.messenger, identities.messenger), eq(memberships.identity, identities.id)),
        )
        .innerJoin(chats, and(eq(chats.messenger, memberships.messenger), eq(chats.id, memberships.chat)))
        .innerJoin(groups, eq(groups.id, chats.groupId))
        .where(and(eq(identities.personId, person), or(memberships.isAdmin, memberships.isNamed)))
      const shown = await groupsOfChats.chatsOf(rows.map(({ root }) => root))
      return rows.map(({ root }) => ({ id: root, title: shown.get(root)?.title ?? null }))
    },
  }
}

const isFresh = (seat: Seat) => seat.isFresh

const SEAT = [memberships.messenger, memberships.chat, memberships.identity]
const LONG_AGO = sql`'epoch'`

/** Sorted, so that no two statements deadlock. */
const rowsOf = ({ messenger, id: chat }: { messenger: string; id: string }, sights: Sight[]) =>
  sights
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id: identity, at, what }) => ({
      messenger,
      chat,
      identity,
      checkedAt: LONG_AGO,
      // A clock that is ahead makes nobody seen later than now.
      since: what === 'left' ? null : sql`least(${at.toISOString()}::timestamptz, now())`,
    }))
