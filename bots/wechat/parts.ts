/** The most bytes of a text: WeChat takes 2,048. */
const MOST = 2000

/** A text in parts that WeChat takes, cut between lines where that goes. */
export function partsOf(text: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const line of text.split('\n').flatMap(pieces)) {
    const longer = part === '' ? line : `${part}\n${line}`
    if (Buffer.byteLength(longer) <= MOST) part = longer
    else {
      parts.push(part)
      part = line
    }
  }
  return [...parts, part]
}

/** A line in pieces that are short enough. A character has four bytes at most. */
function pieces(line: string): string[] {
  if (Buffer.byteLength(line) <= MOST) return [line]
  const characters = [...line]
  const size = MOST / 4
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  )
}
