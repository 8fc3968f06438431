import { html } from 'hono/html'
import type { MessengerLink } from '../delivery/messengers.ts'
import { inAppOf } from './in-app.ts'
import type { Html, Words } from './language.ts'

/** What somebody can go on with by a bot. */
export interface Way {
  /** Running messengers in which they can. */
  messengers: MessengerLink[]
  /** The one that is named where none runs. */
  instead?: Titled | null
  asset: string
  /** What links carry into a messenger. */
  code: string
  /** What does the same where it is typed to the bot. */
  line: string
  button: 'collectIn' | 'checkout.payIn'
  byTyping: 'byTyping' | 'checkout.byTyping'
  /** The browser's. */
  userAgent: string | undefined
}

type Titled = Pick<MessengerLink, 'name' | 'title'>

/**
 * Buttons to the messengers; in an app's own browser its own first, as no other opens there. The line to type is folded away where every link
 * carries the code.
 */
export function toMessengers(words: Words, way: Way): Html[] {
  const { messengers, code, button, userAgent } = way
  const app = inAppOf(userAgent)
  const ownFirst = messengers.toSorted((a, b) => Number(b.name === app) - Number(a.name === app))
  const buttons = ownFirst.map(
    (one) =>
      html`<a class="button" href="${linkTo(one, code)}" rel="noreferrer">${words.text(button, { messenger: titleIn(words, one) })}</a>`,
  )
  const isEnough = messengers.length > 0 && messengers.every(({ link }) => link.includes(CODE))
  return [...buttons, isEnough ? byTyping(words, way) : lineToType(words, way)]
}

/** The line to type, folded away. */
export const byTyping = (words: Words, way: Way): Html =>
  html`<details><summary>${words.text(way.byTyping)}</summary>${lineToType(words, way)}</details>`

/** The line to send to a bot, and to which bots. */
function lineToType(words: Words, { messengers, instead, asset, line }: Way): Html {
  const places = messengers.length === 0 && instead ? [instead] : messengers
  const to =
    places.length > 0
      ? words.text('sendToBot', { messengers: words.either(places.map((one) => titleIn(words, one))) })
      : words.text('noMessenger', { asset })
  return html`<p>${to}</p><p class="code">${line}</p>`
}

const CODE = '{code}'

/** Opens a messenger with a code, where its links can carry one. */
export const linkTo = ({ link }: MessengerLink, code: string): string => link.replaceAll(CODE, code)

/** A messenger's title; that of the playground is translated. */
export const titleIn = ({ text }: Words, { name, title }: Titled): string =>
  name === 'playground' ? text('playground') : title
