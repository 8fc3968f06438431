import { asTyped } from '../../src/shared/text.ts'
import type { HandleOnly, Handles, Invocation, Person } from '../messenger.ts'

/** What was understood of a `/send`, before the core judges it. */
export interface Order {
  amount?: string | undefined
  asset?: string | undefined
  /** Nobody: whoever taps first. */
  to: (Person | HandleOnly)[]
  note?: string | undefined
  /** What was not understood, and is asked back: a text `send.<what>`, and its details. */
  unclear?: { what: Unclear; details?: Record<string, string | number> } | undefined
  /** The word of a note that may be somebody after all, where nobody else is named. */
  perhaps?: { word: string; isLikely: boolean } | undefined
}

type Unclear =
  | 'noAmount'
  | 'amountFirst'
  | 'twoNumbers'
  | 'whoIs'
  | 'nobodyCalled'
  | 'bot'
  | 'replyToNobody'
  | 'anyoneAndSomebody'
  | 'tooManyPeople'

/** Where people have none: whoever writes one means somebody who can't be told by it. */
export const NO_HANDLES: Handles = { pattern: /(?!)/, isBot: () => false }

const ANY_HANDLES: Handles = { pattern: /^[\w.-]{1,64}$/, isBot: () => false }

/**
 * `20 @ben lunch`, `20 CREDIT @ben lunch`, `@ben 20 lunch`: the first word that isn't a person is the amount.
 * @param assets the codes that mean an asset, where one stands after the amount
 */
export function fromWords(asked: Invocation, assets: string[]): Order {
  const { people, unclear, rest } = takePeople(asked)
  const { replyTo } = asked
  const amount = takeAmount(rest)
  const anyone = takeAnyone(rest)
  const asset = takeAsset(rest, assets)
  const isForAnyone = takeAnyone(rest) || anyone
  const isReply = people.length === 0 && !isForAnyone && replyTo !== undefined
  const to = isReply && replyTo !== 'nobody' ? [replyTo] : people
  const order: Order = { amount, asset, to, note: rest.join(' ') || undefined }
  return {
    ...order,
    perhaps: people.length > 0 || isForAnyone || unclear ? undefined : perhapsSomebody(rest),
    unclear:
      amountProblem(amount, asset, rest) ??
      unclear ??
      (isForAnyone && people.length > 0
        ? { what: 'anyoneAndSomebody' }
        : isReply && replyTo === 'nobody'
          ? { what: 'replyToNobody' }
          : tooMany(to)),
  }
}

/** Where a messenger has a field for each, the fields say it. Only a person in the note of a transfer for anyone is asked back. */
export function fromFields(asked: Invocation): Order {
  const { fields } = asked
  const text = (name: string) => {
    const value = fields?.[name]
    return typeof value === 'string' ? value.trim() || undefined : undefined
  }
  const who = fields?.who
  const order: Order = {
    amount: text('amount'),
    asset: text('asset'),
    to: typeof who === 'object' ? [who] : [],
    note: text('note'),
  }
  return { ...order, unclear: who === 'bot' ? { what: 'bot' } : unclearIn(order) }
}

function unclearIn({ amount, to, note }: Order): Order['unclear'] {
  if (amount === undefined) return { what: 'noAmount' }
  const named = to.length === 0 && note?.split(/\s+/).find((word) => /^[@＠]\S|^<@/u.test(word))
  return named ? { what: 'whoIs', details: { typed: asTyped(named) } } : undefined
}

interface PeopleFound {
  people: (Person | HandleOnly)[]
  unclear?: Order['unclear']
  /** The words that name nobody. */
  rest: string[]
}

function takePeople({ person, words: typed, mentions, handles = ANY_HANDLES }: Invocation): PeopleFound {
  const people = new Map<string, Person | HandleOnly>()
  let unclear: Order['unclear']
  let words = typed.replace(/[＠﹫]/g, '@')
  // Names that the messenger points at may hold blanks, so they are taken out whole; all at once, as there may be hundreds.
  if (mentions?.size) {
    const byName = new Map([...mentions].map(([name, somebody]) => [name.toLowerCase(), somebody]))
    const names = [...mentions.keys()].map((name) => {
      const end = /[\p{L}\p{N}_]$/u.test(name) ? '(?![\\p{L}\\p{N}_])' : ''
      return RegExp.escape(name) + end
    })
    const named = new RegExp(`${BEFORE_A_NAME}(${names.join('|')})${AFTER_A_NAME}`, 'giu')
    words = words.replace(named, (_, name: string) => {
      const somebody = byName.get(name.toLowerCase())
      if (somebody === 'bot') unclear ??= { what: 'bot' }
      else if (somebody) people.set(somebody.id, somebody)
      return ' '
    })
  }
  const rest: string[] = []
  for (const word of words.split(/\s+/).filter(Boolean)) {
    const named = personIn(word, handles)
    if (!named) {
      rest.push(word)
      continue
    }
    if (TO.test(rest.at(-1) ?? '')) rest.pop()
    const { handle, glued } = named
    if (handle === undefined) unclear ??= { what: 'whoIs', details: { typed: asTyped(word) } }
    else if (handles.isBot(handle)) unclear ??= { what: 'bot' }
    else people.set(`@${handle.toLowerCase()}`, { messenger: person.messenger, handle })
    if (glued) rest.push(glued)
  }
  return { people: [...people.values()], unclear, rest }
}

/** Words that lead to a name: `to @ben`, `给 @ben`. */
const TO = /^(to|for|给|給)$/iu
const BEFORE_A_NAME = '(?:(?<!\\S)(?:to|for)\\s+|[给給]\\s*)?'
/** A possessive and punctuation, as they follow a name in a sentence. */
const AFTER_A_NAME = `(?:['’]s(?!\\p{L}))?[\\p{Po}\\p{Pe}\\p{Pf}]*`
const CLOSING = new RegExp(`^${AFTER_A_NAME}["']*$`, 'u')
const WITHOUT_BLANKS =
  /^[\p{Po}\p{Pe}]*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
/** They call everybody, and are nobody's handle. */
const EVERYBODY = /^(here|everyone|all|channel)$/i

/**
 * The handle in a word that begins with `@`, and what was written on to it without a blank, as Chinese is.
 * @returns no handle where the word looks like a person, and can't be read as one
 */
function personIn(word: string, { pattern }: Handles): { handle?: string; glued?: string } | undefined {
  if (word.length > MOST_WORD) return /^(<|[\p{Ps}\p{Pi}"'给給]{0,4})@/u.test(word) ? {} : undefined
  const [, typed, after = ''] = /^[\p{Ps}\p{Pi}"'给給]*@([\w.-]*)(.*)$/su.exec(word) ?? []
  if (typed === undefined) return word.startsWith('<@') ? {} : undefined
  if (typed === '' && after === '') return undefined
  const handle = typed.replace(/[.-]+$/, '')
  const rest = typed.slice(handle.length) + after
  // Where a handle may end with a point, nobody can tell whether the sentence ends there or the handle.
  const isClear = handle === typed || !pattern.test(typed)
  if (!isClear || !pattern.test(handle) || EVERYBODY.test(handle)) return {}
  if (CLOSING.test(rest)) return { handle }
  return WITHOUT_BLANKS.test(rest) ? { handle, glued: rest.replace(/^\p{P}+/u, '') } : {}
}

/** What is longer is no name, and is looked at no closer: that would take long. */
const MOST_WORD = 400

/** The first word of a note, if it could be somebody: what is written like a name, or led to by `to`, is likely to be. */
function perhapsSomebody([first, second]: string[]): Order['perhaps'] {
  if (first === undefined || first.length > MOST_WORD || (second ?? '').length > MOST_WORD) return undefined
  const isLed = second !== undefined && /^(to|给|給|@)$/iu.test(first)
  const word = (isLed ? second : first).replace(/^[\p{Ps}\p{Pi}"'给給]+|(['’]s)?[\p{P}]*$/gu, '')
  if (word === '') return undefined
  return { word, isLikely: isLed || /^\p{Lu}\p{Ll}|@/u.test(word) || /^[给給]./u.test(first) }
}

/** The first word, with a currency sign that stands apart from it: `20 €`, `¥ 20`. */
function takeAmount(words: string[]): string | undefined {
  const isSign = (word: string | undefined) => /^\p{Sc}$/u.test(word ?? '')
  const parts = words.splice(0, isSign(words[0]) || isSign(words[1]) ? 2 : 1)
  return parts.length > 0 ? parts.join('') : undefined
}

function amountProblem(
  amount: string | undefined,
  asset: string | undefined,
  rest: string[],
): Order['unclear'] {
  if (amount === undefined) return { what: 'noAmount' }
  const [first] = rest
  // `1 000` is one number to many people: never take the first half of it.
  if (asset === undefined && first && isNumber(amount) && isNumber(first))
    return { what: 'twoNumbers', details: { typed: asTyped(`${amount} ${first}`) } }
  const number = rest.find(isNumber)
  if (!/\p{N}/u.test(amount) && number) return { what: 'amountFirst', details: { typed: asTyped(amount) } }
  return undefined
}

/** Digits, perhaps with a currency sign; keyboards of languages written from right to left add marks that nobody sees. */
const isNumber = (word: string) => /^\p{Sc}?\d[\d.,]*[km]?\p{Sc}?$/iu.test(word.replace(/\p{Cf}/gu, ''))

/** `anyone` in place of a name: whoever taps first. */
function takeAnyone(words: string[]): boolean {
  if (!ANYONE.test(words[0] ?? '')) return false
  words.shift()
  return true
}

const ANYONE = /^(anyone|anybody|whoever|任何人|谁都行|先点先得)$/iu

/** The word after the amount, where it is an asset, or looks so much like one that it must not become a note. */
function takeAsset(words: string[], codes: string[]): string | undefined {
  const [first, second] = words
  if (first === undefined) return undefined
  const isKnown = codes.some((code) => code.toLowerCase() === first.toLowerCase())
  const looksLikeOne =
    /^[A-Z][A-Z0-9]{2,11}$/.test(first) || (second === undefined && CURRENCY.test(first)) || MONEY.test(first)
  return isKnown || looksLikeOne ? words.shift() : undefined
}

/** Codes of ISO 4217, in small letters as well. */
const CURRENCY = new RegExp(`^(${Intl.supportedValuesOf('currency').join('|')})$`, 'i')
const MONEY = /^(dollars?|bucks|euros?|pounds?|yuan|rmb|元|块|塊|圆|圓|円|원)$/iu

const tooMany = ({ length: count }: unknown[]): Order['unclear'] =>
  count > 1 ? { what: 'tooManyPeople', details: { count } } : undefined
