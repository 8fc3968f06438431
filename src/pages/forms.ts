import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Asset } from '../money/amount.ts'
import { selectField } from './components.ts'
import type { Html, Words } from './language.ts'

/** An amount of an asset: `1,234.50 CREDIT`. @param amount a decimal string */
export const money = (words: Words, amount: string, asset: string): string =>
  `${words.number(amount)} ${asset}`

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

/** The text of the file that was uploaded, which is not kept; undefined where it is no text in UTF-8. */
export async function uploadIn(c: Context): Promise<string | undefined> {
  const { file } = await c.req.parseBody()
  if (!(file instanceof File)) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
