import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../../core.ts'
import type { Asset } from '../../../money/amount.ts'
import { capitalised, labelOf, type Named } from '../../../shared/names.ts'
import { selectField } from '../../components.ts'
import { type Html, type Words, wordsFor } from '../../language.ts'
import type { Texts } from '../../texts/en.ts'
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

/** An amount of an asset: `1,234.50 CREDIT`. @param amount a decimal string */
export const money = (words: Words, amount: string, asset: string): string =>
  `${words.number(amount)} ${asset}`

/** What admins call somebody: where there is nothing else, by the id. */
export const whoIs = ({ text }: Words, who: Named | null): string =>
  who ? (labelOf(who, undefined) ?? `${capitalised(who.messenger)} #${who.id}`) : text('somebody')

/** Why something was not paid. @param code that of the refusal, whose details are not known any more */
export const reasonOf = ({ text }: Words, code: string): string =>
  text(REASONS[code] ?? 'reason.other', { code })

const REASONS: Record<string, keyof Texts | undefined> = {
  treasury_short: 'reason.short',
  insufficient_funds: 'reason.short',
  standing_nobody: 'reason.nobody',
  list_not_found: 'refusal.list_not_found',
  group_off: 'refusal.group_off',
  on_hold: 'refusal.on_hold',
  winding_down: 'refusal.winding_down',
}

/** What is wrong with each field of a form, and with the form as a whole. */
export type Errors<Field extends string> = Partial<Record<Field | 'whole', string>>

/** A form that posts to an address, with buttons below its fields. */
export const form = (
  action: string,
  fields: Html,
  buttons: Html,
  files = false,
): Html => html`<form method="post" action="${action}"${files ? html` enctype="multipart/form-data"` : ''}>
${fields}
<div class="actions">${buttons}</div>
</form>`

/** A form of one button. */
export const button = (action: string, text: string, kind: '' | 'quiet' | 'danger' = ''): Html =>
  html`<form method="post" action="${action}"><button class="button ${kind}">${text}</button></form>`

/** The choice of an asset. It is left out where there is one alone. */
export function assetField({ text }: Words, offered: Asset[], value: string, error?: string): Html {
  const options = offered.map(({ code }) => [code, code] as const)
  if (options.length === 1) return html`<input type="hidden" name="asset" value="${options[0]?.[0]}">`
  return selectField({ name: 'asset', label: text('treasury.asset'), options, value, error })
}
