/**
 * What people wrote, in one line, without anything that shows nothing or turns the text around it; at most `most`
 * characters. Emoji stay whole, with what joins them, and so do the joiners of scripts that are written with them.
 * @returns undefined where there is nothing to see
 */
export function cleanText(text: string, most = Number.POSITIVE_INFINITY): string | undefined {
  if (PLAIN.test(text) && text.length <= most) return text
  const clean = text
    .replace(BLANK, ' ')
    .replace(HIDDEN, (_, kept?: string) => kept ?? '')
    .replace(STACKED, '$1')
    .replace(/\s+/g, ' ')
    // A mark without a letter of its own would sit on whatever stands before it.
    .replace(/^[\s\p{M}]+/u, '')
  return cut(clean, most).trimEnd() || undefined
}

/** Whether all of a text can be seen: what hides in a name would make two of what looks like one. */
export const isVisible = (text: string): boolean => !/\s/.test(text) && cleanText(text) === text

/** The beginning of a text that is longer than `most` characters, as one that goes on. */
export const short = (text: string, most: number): string =>
  [...text].length <= most ? text : `${cut(text, most - 1).trimEnd()}…`

/** What somebody typed, as a sentence may repeat it. */
export const asTyped = (typed: string, most = 40): string => short(cleanText(typed) ?? '', most)

/** Keeps a piece of text that is written from right to left from turning the sentence that it is put into (UAX #9). */
export const isolated = (text: string): string =>
  RIGHT_TO_LEFT.test(text.replace(ISOLATED, '')) ? `\u2068${text}\u2069` : text

/** As many whole characters, as people see them, as `most` code points hold. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  let kept = ''
  let count = 0
  for (const { segment } of seen.segment(text)) {
    count += [...segment].length
    if (count > most) break
    kept += segment
  }
  return kept
}

const seen = new Intl.Segmenter()

/** Nearly all there is: not worth a look at each character. */
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

const HIDDEN = new RegExp(
  `(\\p{RGI_Emoji}|(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}]))|[\\p{C}\\p{Default_Ignorable_Code_Point}]`,
  'gv',
)

/** More marks on one letter than any language puts there: they run over the lines around it. */
const STACKED = /(\p{M}{3})\p{M}+/gu

const ISOLATED = /\u2068[^\u2068\u2069]*\u2069/g

/** All that is, or may become, right-to-left: the ranges of Unicode's DerivedBidiClass.txt. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u
