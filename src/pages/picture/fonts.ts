import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GlobalFonts } from '@napi-rs/canvas'

const require = createRequire(import.meta.url)
/**
 * Fonts that come from npm, so that a machine without any has Latin, Greek, Cyrillic, Devanagari, Chinese, Hebrew, Arabic and emoji.
 * What else people write is drawn with the machine's own fonts. By family: which characters are in which of its files.
 */
const FONTS = {
  'noto-sans': require.resolve('@fontsource-variable/noto-sans/unicode.json'),
  'noto-sans-sc': require.resolve('@fontsource-variable/noto-sans-sc/unicode.json'),
  'noto-sans-hebrew': require.resolve('@fontsource-variable/noto-sans-hebrew/unicode.json'),
  'noto-sans-arabic': require.resolve('@fontsource-variable/noto-sans-arabic/unicode.json'),
  'noto-emoji': require.resolve('@fontsource-variable/noto-emoji/unicode.json'),
}

/** A font of these families, in the order in which they are asked for a letter. */
export const font = (size: number, weight: 400 | 600 | 700 = 400): string =>
  `${weight} ${size}px ${Object.keys(FONTS).join(', ')}, sans-serif`

interface FontFile {
  family: string
  path: string
  ranges: [first: number, last: number][]
}

/** Files that nothing has needed yet: all together take a second of a processor to load. */
const unloaded = new Set(
  Object.entries(FONTS).flatMap(([family, list]) =>
    Object.entries(JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>).map(
      ([subset, ranges]): FontFile => ({
        family,
        path: join(dirname(list), 'files', `${family}-${subset.replace(/[[\]]/g, '')}-wght-normal.woff2`),
        ranges: ranges.split(',').map(rangeOf),
      }),
    ),
  ),
)

/** Loads the files that have a character of the text. */
export function loadFontsFor(text: string): void {
  const characters = [...new Set(text)].map((character) => character.codePointAt(0) ?? 0)
  for (const file of unloaded) {
    if (!file.ranges.some(([first, last]) => characters.some((one) => first <= one && one <= last))) continue
    GlobalFonts.registerFromPath(file.path, file.family)
    unloaded.delete(file)
  }
}

/** `U+0000-00FF`, `U+0131` */
function rangeOf(written: string): [number, number] {
  const [first = '', last = first] = written.trim().slice('U+'.length).split('-')
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)]
}
