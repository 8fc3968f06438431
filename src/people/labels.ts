import type { Logger } from 'pino'
import type { ChatUpdate, Groups } from '../groups/groups.ts'
import type { IdentityUpdate } from './identity.ts'
import type { People } from './people.ts'

interface Needs {
  people: People
  groups: Groups
  log: Logger
}

/**
 * Writes the labels that came with a request: handles, names, languages, titles; and people, where they are in no books yet. To be called when
 * the request has succeeded, as a refused one must leave nothing behind. Never fails, as no label may stop money; a later request brings it again.
 * @returns undefined where no label has changed, and there is nothing to wait for
 */
export function saveLabels(
  { people, groups, log }: Needs,
  updates: IdentityUpdate[],
  group?: ChatUpdate | null,
): Promise<unknown> | undefined {
  const saving = [
    ...updates.map((one) => people.saveLabels(one)),
    group ? groups.saveTitle(group) : undefined,
  ]
  const writes = saving.filter((write) => write !== undefined)
  if (writes.length === 0) return undefined
  return Promise.all(writes).catch((error: unknown) =>
    log.warn({ err: error }, 'labels that were told could not be written'),
  )
}
