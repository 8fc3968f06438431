import { type ApiClient, body } from './client.ts'
import type { Button, Chat, Person } from './messenger.ts'

/** Pages for one person alone: their own statement, their receipts, those of operators, the books of a group. */
export type Pages = 'statement' | 'proof' | 'operators' | { group: Chat }

/**
 * A button that signs its reader in and opens such pages: the message that it is in must be for that person alone.
 * @param next which of these pages, by what follows in its address
 */
export async function linkButton(
  api: ApiClient,
  by: Person,
  pages: Pages,
  label: string,
  next?: string,
): Promise<{ button: Button; isOperator: boolean }> {
  const to =
    typeof pages === 'string'
      ? pages
      : { group: { messenger: by.messenger, id: pages.group.id, title: pages.group.title } }
  const { link, isOperator } = await body(api.links.$post({ json: { by, to, next } }))
  return { button: { label, url: link }, isOperator }
}
