/**
 * What people wrote, in one line of at most `most` characters, without invisible characters and without those that reverse the
 * text around them. Emoji stay whole, and joiners stay in scripts that are written with them.
 * @returns undefined where nothing visible is left
 */
export function cleanText(text: string, most = Number.POSITIVE_INFINITY): string | undefined {
  if (PLAIN.test(text) && text.length <= most) return text
  const clean = text
    .replace(BLANK, ' ')
    .replace(hidden(), (_, kept?: string) => kept ?? '')
    .replace(STACKED, '$1')
    .replace(/\s+/g, ' ')
    // A combining mark without a letter of its own would be drawn onto whatever stands before it.
    .replace(/^[\s\p{M}]+/u, '')
  return cut(clean, most).trimEnd() || undefined
}

/** Whether a text has neither blanks nor invisible characters: with those, two ids could look the same. */
export const isVisible = (text: string): boolean => !/\s/.test(text) && cleanText(text) === text

/** A text of at most `most` characters: a longer one is cut, and ends in `…`. */
export const short = (text: string, most: number): string =>
  [...text].length <= most ? text : `${cut(text, most - 1).trimEnd()}…`

/** What somebody typed, cleaned and shortened, so that a sentence can quote it. */
export const asTyped = (typed: string, most = 40): string => short(cleanText(typed) ?? '', most)

/** Isolates a text that is written from right to left, so that it doesn't reorder the sentence that it is put into (UAX #9). */
export const isolated = (text: string): string =>
  RIGHT_TO_LEFT.test(text.replace(ISOLATED, '')) ? `\u2068${text}\u2069` : text

/** As many whole grapheme clusters as fit into `most` code points. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  let kept = ''
  let count = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    count += [...segment].length
    if (count > most) break
    kept += segment
  }
  return kept
}

/** Plain ASCII, as nearly all texts are, needs no look at each character. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/

/** What looks like a blank, or ends a line. */
const BLANK = /[\p{Cc}\p{Zl}\p{Zp}\u2800\u3164\uFFA0\uFFFC\u{1D159}]/gu

/** Scripts whose letters join, so that a joiner between two of them changes what is read. */
const JOINING = [
  'Arabic',
  'Bengali',
  'Devanagari',
  'Gujarati',
  'Gurmukhi',
  'Kannada',
  'Malayalam',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')

/** Made when it is first asked for: to read all of Unicode's emoji takes a tenth of the start of a command. */
const hidden = () =>
  (hiddenPattern ??= new RegExp(
    `(\\p{RGI_Emoji}|(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}]))|[\\p{C}\\p{Default_Ignorable_Code_Point}]`,
    'gv',
  ))
let hiddenPattern: RegExp | undefined

/** More combining marks on one letter than any language uses: they would be drawn over the lines around it. */
const STACKED = /(\p{M}{3})\p{M}+/gu

const ISOLATED = /\u2068[^\u2068\u2069]*\u2069/g

/** Everything that is, or may become, right-to-left: the ranges of Unicode's DerivedBidiClass.txt. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u
