/** Escapes a text, so that Discord shows it unchanged: without styles, mentions and links. */
export const plain = (text: string): string =>
  text
    .replace(/[\\*_~`|[<]|@(?=everyone|here)|:(?=\/\/)/g, '\\$&')
    .replace(/^\s*(?=[#>+-])|^\s*\d+(?=\.\s)/gm, '$&\\')

/** Cuts a text to a number of UTF-16 units, which is how Discord counts characters. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`

/** Escapes a text and makes it fit: of one that is too long, the longest lines are cut. */
export function plainWithin(text: string, most: number): string {
  const lines = text.split('\n')
  for (let width = most; ; width = Math.floor(width * 0.9)) {
    const fitted = lines.map((line) => plain(cut(line, width))).join('\n')
    if (fitted.length <= most) return fitted
  }
}
