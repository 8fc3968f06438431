import type { Context } from 'hono'
import type { Core } from '../../../core.ts'
import { capitalised, labelOf, type Named } from '../../../shared/names.ts'
import { type TextKey, type Words, wordsFor } from '../../language.ts'
import type { Admin } from '../access.ts'
import { answerGroupPage, type GroupPage } from '../frame.ts'

/** Answers a page of a group's treasury. */
export const answerTreasury = async (
  core: Core,
  c: Context,
  admin: Admin,
  page: Pick<GroupPage, 'title' | 'main' | 'head' | 'status'>,
) =>
  answerGroupPage(c, wordsFor(c), {
    admin,
    groups: await core.memberships.groupsOf(admin.viewer.person),
    tab: 'treasury',
    ...page,
  })

/** The address of a group's treasury, and of what is below it. */
export const treasuryPath = (groupId: string, ...more: string[]): string =>
  ['/groups', groupId, 'treasury', ...more].join('/')

/** What admins call somebody: where there is nothing else, by the id. */
export const whoIs = ({ text }: Words, who: Named | null): string =>
  who ? (labelOf(who, undefined) ?? `${capitalised(who.messenger)} #${who.id}`) : text('somebody')

/** Why something was not paid. @param code that of the refusal, whose details are not known any more */
export const reasonOf = ({ text }: Words, code: string): string =>
  text(REASONS[code] ?? 'reason.other', { code })

const REASONS: Record<string, TextKey | undefined> = {
  treasury_short: 'reason.short',
  insufficient_funds: 'reason.short',
  standing_nobody: 'reason.nobody',
  list_not_found: 'refusal.list_not_found',
  group_off: 'refusal.group_off',
  on_hold: 'refusal.on_hold',
  winding_down: 'refusal.winding_down',
}
