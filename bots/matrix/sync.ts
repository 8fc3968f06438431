import { createChanges } from '../changes.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Log } from '../log.ts'
import { type MatrixClient, MatrixRefusal } from './client.ts'
import { Page, Told } from './events.ts'

/** What has happened in a room since the bot asked last. */
export interface News {
  room: string
  /** What the bot is there: `join`, `invite`, `leave`. */
  as: keyof Told['rooms']
  /** The state that it needs to read the events; of a room to which it is invited all that it may see. */
  state: unknown[]
  /** In their order. */
  events: unknown[]
}

interface Needs {
  client: MatrixClient
  own: string
  lifecycle: Lifecycle
  log: Log
  /** Carries them out. Ends when all of it is in the books, however often it has to be tried. */
  take(news: News[]): Promise<void>
}

/** How many answers are carried out at once: a ledger that stands still must not fill the memory. */
const MAX_AT_ONCE = 100
/** What the log says while the homeserver can't be reached. */
export const REACHING = {
  begins: 'the Matrix homeserver cannot be reached; it is tried again',
  ends: 'the Matrix homeserver is reached',
}
const NOTHING = { not_types: ['*'] }
const TIMELINE = {
  types: ['m.room.message', 'm.room.encrypted', 'm.room.encryption', 'm.room.member', 'm.room.name'],
  limit: 100,
}
const FILTER = {
  presence: NOTHING,
  account_data: NOTHING,
  room: {
    account_data: NOTHING,
    ephemeral: NOTHING,
    state: { types: ['m.room.member', 'm.room.name'], lazy_load_members: true },
    timeline: TIMELINE,
  },
}

/**
 * Hears all that happens in the bot's rooms, until it is stopped. The account itself keeps up to where it is carried out, so the next start goes
 * on from there, and is told again what was under way. At the very first start nothing that was said before is for the bot.
 * @throws an error that refuses the credentials
 */
export async function hear({ client, own, lifecycle, log, take }: Needs): Promise<void> {
  const { signal, retry } = lifecycle
  const placePath = ['user', own, 'account_data', 'passalong.sync']
  const underWay = new Set<Promise<void>>()
  /** Of several places that wait, the last is written. */
  const keep = createChanges<string>(async (_, latest) => {
    await client.put(placePath, { next_batch: latest() }).catch((error: unknown) => {
      if (!signal.aborted)
        log.warn({ err: error, messenger: 'matrix' }, 'the place in what is said in Matrix could not be kept')
    })
  })
  let before: Promise<unknown> = Promise.resolve()
  let since = await retry(kept, REACHING)

  while (!signal.aborted) {
    const told = await retry(ask, REACHING)
    const news = await newsIn(told)
    if (news.length > 0 || since === undefined) carryOut(news, told.next_batch)
    since = told.next_batch
    while (underWay.size >= MAX_AT_ONCE) await Promise.race(underWay)
  }

  async function kept(): Promise<string | undefined> {
    try {
      return (await client.get<{ next_batch?: string }>(placePath)).next_batch
    } catch (error) {
      if (error instanceof MatrixRefusal) return undefined
      throw error
    }
  }

  async function ask(): Promise<Told> {
    try {
      return Told.parse(await client.sync(since, FILTER, signal))
    } catch (error) {
      if (!(error instanceof MatrixRefusal) || since === undefined) throw error
      // A homeserver that was set up anew doesn't know the place.
      log.warn(
        { reason: error.message, messenger: 'matrix' },
        'what was said meanwhile in Matrix is not known',
      )
      since = undefined
      return ask()
    }
  }

  async function newsIn({ rooms }: Told): Promise<News[]> {
    const joined = Object.entries(rooms.join).map(async ([room, { state, timeline }]): Promise<News> => {
      const { events = [], limited, prev_batch: end } = timeline ?? {}
      const missed = limited && end !== undefined ? await between(room, end) : []
      return { room, as: 'join', state: state?.events ?? [], events: since ? [...missed, ...events] : [] }
    })
    const invited = Object.entries(rooms.invite).map(
      ([room, { invite_state }]): News => ({ room, as: 'invite', state: invite_state.events, events: [] }),
    )
    const left = Object.keys(rooms.leave).map((room): News => ({ room, as: 'leave', state: [], events: [] }))
    return [...invited, ...(await Promise.all(joined)), ...left]
  }

  /** What an answer has left out, as it was too much. */
  async function between(room: string, end: string): Promise<unknown[]> {
    const events: unknown[] = []
    for (let from = since; from !== undefined; ) {
      const query = {
        dir: 'f',
        from,
        to: end,
        limit: '100',
        filter: JSON.stringify({ types: TIMELINE.types }),
      }
      const page = Page.parse(await client.get(['rooms', room, 'messages'], query))
      events.push(...page.chunk)
      from = page.end === from || page.end === end ? undefined : page.end
    }
    return events
  }

  /** What comes after it is kept when this is carried out, too. */
  function carryOut(news: News[], end: string): void {
    const done = Promise.all([before, take(news)]).then(() => keep('place', end))
    before = done
    const over = done.catch(() => {}).finally(() => underWay.delete(over))
    underWay.add(over)
    lifecycle.finish(done)
  }
}
