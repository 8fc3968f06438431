/**
 * The code of a transfer in what somebody pasted: at the end of a link, wherever that stands and whatever is written around
 * it; or by itself.
 */
export const codeIn = (typed: string): string | undefined =>
  /(?:\/c\/|\bstart=)([\w-]{22,64})(?![\w-])/.exec(typed)?.[1] ?? typed.split(/[^\w-]+/).find(isCode)

/** Not every long word is a code: what is made of random characters has digits, marks or capitals in its midst. */
const isCode = (word: string) => /^[\w-]{22,64}$/.test(word) && /.[\dA-Z_-]/.test(word)
