/**
 * A phrase in the form that counts: its letters and digits alone, in lower case, so that it can be typed again from paper or from
 * hearing, whatever blanks, capitals and punctuation it is given.
 */
export const plainPhrase = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')

/** The most characters of a phrase as it is typed. */
export const MAX_PHRASE = 100

/**
 * Whether a text may be a phrase: one line, with four characters of Chinese at least, or twelve of other letters. Whatever else
 * somebody writes costs them no guess.
 */
export function mayBePhrase(text: string): boolean {
  const typed = text.trim()
  if (typed.length > MAX_PHRASE || /[\n\r@/<>]/.test(typed)) return false
  const plain = [...plainPhrase(typed)]
  const least = plain.some((letter) => IDEOGRAPH.test(letter)) ? 4 : 12
  return plain.length >= least
}

const IDEOGRAPH = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
