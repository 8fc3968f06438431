/** The code of a transfer in a pasted text: at the end of a link, whatever stands around it, or by itself. */
export const codeIn = (typed: string): string | undefined =>
  /(?:\/c\/|\bstart=)([\w-]{22,64})(?![\w-])/.exec(typed)?.[1] ?? typed.split(/[^\w-]+/).find(isCode)

/** A long word is a code only where it has digits, marks or capitals after its first letter: random characters do. */
const isCode = (word: string) => /^[\w-]{22,64}$/.test(word) && /.[\dA-Z_-]/.test(word)
