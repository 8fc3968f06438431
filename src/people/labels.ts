import type { Logger } from 'pino'
import type { ChatUpdate, Groups } from './groups.ts'
import type { IdentityUpdate } from './identity.ts'
import type { People } from './people.ts'

interface Needs {
  people: People
  groups: Groups
  log: Logger
}

/**
 * Writes the labels that a request has told, now that it has gone well: one that is refused leaves none behind. A label
 * stops no money: one that can't be written is told again some time.
 * @returns undefined where there is no news, and so nothing to wait for
 */
export function learn(
  { people, groups, log }: Needs,
  introduced: IdentityUpdate[],
  group?: ChatUpdate | null,
): Promise<unknown> | undefined {
  const learning = [...introduced.map(people.learn), group ? groups.learn(group) : undefined]
  const writes = learning.filter((write) => write !== undefined)
  if (writes.length === 0) return undefined
  return Promise.all(writes).catch((error: unknown) =>
    log.warn({ err: error }, 'labels that were told could not be written'),
  )
}
