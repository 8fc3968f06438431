import { html } from 'hono/html'
import type { PeopleList } from '../../groups/lists.ts'
import { GroupRules } from '../../groups/rules.ts'
import type { TrailEntry } from '../../groups/trail.ts'
import { english } from '../../texts/index.ts'
import { bdi, type Html, type TextKey, type Words } from '../language.ts'
import { differencesOf } from './rules-words.ts'

type Details = Record<string, unknown>

/**
 * What somebody has done, in words; what there are no words for is told by its own name.
 * @param path the address of the group
 * @param lists that the group keeps now
 */
export function doneInWords(
  words: Words,
  { what, details }: Pick<TrailEntry, 'what' | 'details'>,
  path: string,
  lists: Pick<PeopleList, 'id' | 'name'>[],
): Html {
  const told = details as Details
  if (what === 'rules') return rulesInWords(words, told, lists)
  const key = `trail.${what}`
  if (!(key in english.pages)) return html`${words.text('trail.other', { what })}`
  const sentence = words.rich(key as TextKey, detailsInWords(words, told))
  const address = addressOf(told)
  return address ? html`<a href="${path}/${address}">${sentence}</a>` : sentence
}

function rulesInWords(words: Words, details: Details, lists: Pick<PeopleList, 'id' | 'name'>[]): Html {
  const [old, now] = [details.from, details.to].map((some) => GroupRules.safeParse(withoutNulls(some)))
  if (!old?.success || !now?.success) return html`${words.text('frame.rules')}`
  const changes = differencesOf(words, old.data, now.data, lists)
  return html`${changes.map(
    ({ rule, before, after }) =>
      html`<div>${words.rich('trail.rule', { rule, before: bdi(before), after: bdi(after) })}</div>\n`,
  )}`
}

/** `null` stands for the default. */
const withoutNulls = (rules: unknown): object =>
  Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== null))

/** The details of an entry as its sentence needs them: an amount with its asset, how many instead of who. */
function detailsInWords(words: Words, details: Details): Record<string, string> {
  const amount = details.total ?? details.amount
  const chat = details.chat as { title?: string | null; id?: string } | undefined
  return {
    ...Object.fromEntries(Object.entries(details).map(([name, value]) => [name, countOrText(words, value)])),
    ...(typeof amount === 'string' && { amount: `${words.number(amount)} ${details.asset}` }),
    ...(chat && { chat: chat.title ?? chat.id ?? '' }),
  }
}

const countOrText = (words: Words, value: unknown): string =>
  typeof value === 'number' || Array.isArray(value)
    ? words.number(typeof value === 'number' ? value : value.length)
    : String(value ?? '')

/** Where more is told of it, below the group's address. */
function addressOf({ payout, standing }: Details): string | undefined {
  if (typeof payout === 'string') return `treasury/payouts/${payout}`
  return typeof standing === 'string' ? `treasury/standing/${standing}` : undefined
}
