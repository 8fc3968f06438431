/** What a `/send` or `/red` asks for where words are to open it. */
export interface AskedPhrase {
  /** Chosen by the sender; left out: some are made. */
  words?: string
  /** Whether they open it in this group alone. */
  here?: boolean
}

/**
 * Takes `phrase` or `phrase here` off the beginning of what follows amount and person; what comes after it is the note. After a
 * colon come the sender's own words: `phrase: amber fox lamp`, `口令：春眠不觉晓`.
 */
export function takePhrase(words: string[]): AskedPhrase | undefined {
  const asked = PHRASE.exec(words[0] ?? '')
  if (!asked) return undefined
  const [, after] = asked
  words.shift()
  const colon = after ?? (/^[:：]/u.test(words[0] ?? '') ? words.shift() : undefined)
  if (colon !== undefined) return { words: [colon.slice(1), ...words.splice(0)].join(' ').trim() }
  if (!HERE.test(words[0] ?? '')) return {}
  words.shift()
  return { here: true }
}

const PHRASE = /^(?:phrase|passphrase|口令)([:：].*)?$/isu
const HERE = /^(here|本群|这里)$/iu

/** The phrase that a messenger's field asks for: `anywhere` or `here`. */
export const phraseField = (value: unknown): AskedPhrase | undefined =>
  value === 'here' ? { here: true } : value === 'anywhere' ? {} : undefined
