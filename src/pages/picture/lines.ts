/**
 * As much of a text as fits into so many lines. Words stay whole where they can, grapheme clusters always; what is cut ends in `…`.
 * @param fits whether a line is not too wide
 */
export function linesOf(text: string, most: number, fits: (line: string) => boolean): string[] {
  const lines: string[] = []
  let rest = text
  while (rest) {
    if (fits(rest)) return [...lines, rest]
    if (lines.length === most - 1)
      return [...lines, `${longest(graphemes, rest, (some) => fits(`${some}…`)).trimEnd()}…`]
    const line = longest(words, rest, (some) => fits(some.trimEnd())) || longest(graphemes, rest, fits)
    // Not even one grapheme fits.
    if (!line) return [...lines, '…']
    lines.push(line.trim())
    rest = rest.slice(line.length).trimStart()
  }
  return lines
}

/** The longest beginning of a text, in whole segments, that fits. */
function longest(segments: Intl.Segmenter, text: string, fits: (some: string) => boolean): string {
  let taken = ''
  for (const { segment } of segments.segment(text)) {
    if (!fits(taken + segment)) break
    taken += segment
  }
  return taken
}

const graphemes = new Intl.Segmenter()
const words = new Intl.Segmenter(undefined, { granularity: 'word' })
