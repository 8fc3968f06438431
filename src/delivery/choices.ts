import { and, eq, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { choices } from '../../db/schema.ts'

/** A chat, by the messenger's own id. */
interface ChatOfMessenger {
  messenger: string
  chat: string
}

/** What people type in place of a button, in the chats of messengers that have none. */
export interface Choices {
  /** Numbers the actions that a message shows, in their order. An action that the chat was shown before keeps its number. */
  show(chat: ChatOfMessenger, actions: string[]): Promise<number[]>
  /** The action of a number. undefined: the chat was not shown it, or not for a long time. */
  find(chat: ChatOfMessenger, number: number): Promise<string | undefined>
}

/** How long a number is known after it was last shown: nothing that it can be about stays open for longer. */
const KEPT = sql`interval '90 days'`

/** Choices are rows of the database, so they outlive the process that has shown them. */
export const openChoices = (db: Database): Choices => ({
  async show({ messenger, chat }, actions) {
    const isShown = and(
      eq(choices.messenger, messenger),
      eq(choices.chat, chat),
      sql`${choices.action} = any(${sql.param(actions)}::text[])`,
    )
    await db.delete(choices).where(lt(choices.shownAt, sql`now() - ${KEPT}`))
    await db.execute(sql`
      insert into ${choices} (messenger, chat, action)
      select ${messenger}, ${chat}, action
        from unnest(${sql.param(actions)}::text[]) with ordinality wanted (action, place)
       where action not in (select action from ${choices} where ${isShown})
       group by action order by min(place)
      on conflict do nothing`)
    const shown = await db.update(choices).set({ shownAt: sql`now()` }).where(isShown).returning()
    const numbers = new Map(shown.map(({ action, number }) => [action, number]))
    return actions.map((action) => numbers.get(action) as number)
  },
  async find({ messenger, chat }, number) {
    const [row] = await db
      .select({ action: choices.action })
      .from(choices)
      .where(and(eq(choices.number, number), eq(choices.messenger, messenger), eq(choices.chat, chat)))
    return row?.action
  },
})
