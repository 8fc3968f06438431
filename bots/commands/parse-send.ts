import { APP, isMessenger } from '../../src/shared/person-ids.ts'
import { asTyped } from '../../src/shared/text.ts'
import type { HandleOnly, Handles, Invocation, Person } from '../messenger.ts'
import { type AskedPhrase, phraseField, takePhrase } from './parse-phrase.ts'

/** A `/send` as it was understood, before the core checks it. */
export interface ParsedSend {
  amount?: string | undefined
  asset?: string | undefined
  /** Empty: for whoever taps first. With more than one the bot asks. */
  to: (Person | HandleOnly)[]
  /** For the treasury of the group, in place of a person. */
  treasury?: boolean
  note?: string | undefined
  /** Words shall open it. */
  phrase?: AskedPhrase | undefined
  /** Its card shall have the picture to pass on. */
  picture?: boolean | undefined
  /** What wasn't understood, so that the bot asks: the text `send.<what>` and its details. */
  unclear?: { what: Unclear; details?: Record<string, string | number> } | undefined
  /** A word of the note that may be a person, where nobody else is named. */
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
  | 'payWhom'
  | 'askTreasury'
  | 'poolWhom'
  | 'splitWhom'
  | 'splitMixed'
  | 'phraseForSomebody'
  | 'phraseInGroup'
  | 'phraseEmpty'
  | 'phraseNotHere'

/** For messengers without handles: a typed one names nobody, so the bot asks who is meant. */
export const noHandles = (instead: Handles['instead']): Handles => ({
  pattern: /(?!)/,
  isBot: () => false,
  instead,
})

/** How people are named in place of handles, as a detail of the sentence that asks for it. */
export const insteadOf = ({ instead }: Pick<Handles, 'instead'> = {}) => (instead ? { instead } : {})

const ANY_HANDLES: Handles = { pattern: /^[\w.-]{1,64}$/, isBot: () => false }

/**
 * Parses `20 @ben lunch`, `20 CREDIT @ben lunch`, `@ben 20 lunch`: the first word that isn't a person is the amount.
 * @param assets codes of the assets that may follow the amount
 * @param how.isAsked whether the person is asked for it: `20 from @ben`
 * @param how.byWords whether words may open it: `20 phrase`
 */
export function parseWords(
  invocation: Invocation,
  assets: string[],
  { isAsked = false, byWords = false } = {},
): ParsedSend {
  const before = isAsked ? FROM : TO
  const { people, treasury, unclear, rest } = takePeople(invocation, before)
  const { replyTo } = invocation
  const amount = takeAmount(rest)
  const anyone = takeAnyone(rest)
  const asset = takeAsset(rest, assets)
  const isForAnyone = takeAnyone(rest) || anyone
  const phrase = byWords ? takePhrase(rest) : undefined
  const isNamed = people.length > 0 || treasury
  // A reply is for its author; words are for whoever knows them.
  const isReply = !isNamed && !isForAnyone && !phrase && replyTo !== undefined
  const to = isReply && replyTo !== 'nobody' ? [replyTo] : people
  const parsed: ParsedSend = { amount, asset, to, treasury, note: rest.join(' ') || undefined, phrase }
  return {
    ...parsed,
    perhaps: isNamed || isForAnyone || unclear ? undefined : perhapsSomebody(rest, before),
    unclear:
      amountProblem(amount, asset, rest) ??
      unclear ??
      (isForAnyone && isNamed
        ? { what: 'anyoneAndSomebody' }
        : isReply && replyTo === 'nobody'
          ? { what: 'replyToNobody', details: insteadOf(invocation.handles) }
          : tooMany(treasury ? [...to, 'treasury'] : to)),
  }
}

/** Where `picture` is all that follows amount, asset and person, it asks for the picture. In a longer note it is a word like others. */
export function takePicture(parsed: ParsedSend): ParsedSend {
  if (parsed.treasury || parsed.phrase || !PICTURE.test(parsed.note ?? '')) return parsed
  return { ...parsed, note: undefined, perhaps: undefined, picture: true }
}

const PICTURE = /^(picture|图片|圖片)$/iu

/**
 * Takes each part from its field. A note that begins with `@treasury` names the group's, for which there is no field. Where that of a
 * transfer for anyone names a person, the bot asks.
 */
export function parseFields(invocation: Invocation): ParsedSend {
  const { fields } = invocation
  const text = (name: string) => {
    const value = fields?.[name]
    return typeof value === 'string' ? value.trim() || undefined : undefined
  }
  const who = fields?.who
  const note = text('note')
  const treasury = who === undefined && note !== undefined && TREASURY_FIRST.test(note)
  const parsed: ParsedSend = {
    amount: text('amount'),
    asset: text('asset'),
    to: typeof who === 'object' ? [who] : [],
    treasury,
    note: treasury ? note.replace(TREASURY_FIRST, '') || undefined : note,
    ...(text('picture') && !treasury && { picture: true }),
    phrase: phraseField(fields?.phrase),
  }
  return { ...parsed, unclear: who === 'bot' ? { what: 'bot' } : unclearIn(parsed) }
}

function unclearIn({ amount, to, treasury, note }: ParsedSend): ParsedSend['unclear'] {
  if (amount === undefined) return { what: 'noAmount' }
  const named = to.length === 0 && !treasury && note?.split(/\s+/).find((word) => /^[@＠]\S|^<@/u.test(word))
  return named ? { what: 'whoIs', details: { typed: asTyped(named) } } : undefined
}

interface PeopleFound {
  people: (Person | HandleOnly)[]
  treasury: boolean
  unclear?: ParsedSend['unclear']
  /** The words that are left. */
  rest: string[]
  /** The words and the people, in their order. */
  order: (string | Person | HandleOnly)[]
}

/** Takes people out of the words of a command. @param before words before a name, which go with it */
export function takePeople(
  { person, words: typed, mentions, handles = ANY_HANDLES }: Invocation,
  before: Before,
): PeopleFound {
  const people = new Map<string, Person | HandleOnly>()
  const mentioned: Person[] = []
  let unclear: ParsedSend['unclear']
  let words = typed.replaceAll(MENTION, ' ').replace(/[＠﹫]/g, '@')
  // In a group the word means its treasury, whether or not somebody goes by that handle.
  const treasury = TREASURY.test(words)
  words = words.replace(TREASURY, ' ')
  // Names of mentions may hold blanks, so they are taken out before words are split; by one expression, as there may be hundreds.
  if (mentions?.size) {
    const byName = new Map([...mentions].map(([name, somebody]) => [name.toLowerCase(), somebody]))
    const names = [...mentions.keys()].map((name) => {
      const end = /[\p{L}\p{N}_]$/u.test(name) ? '(?![\\p{L}\\p{N}_])' : ''
      return RegExp.escape(name) + end
    })
    const named = new RegExp(`${before.aName}(${names.join('|')})${AFTER_A_NAME}`, 'giu')
    words = words.replace(named, (_, name: string) => {
      const somebody = byName.get(name.toLowerCase())
      if (somebody === 'bot') unclear ??= { what: 'bot' }
      else if (somebody) {
        people.set(somebody.id, somebody)
        return ` ${MENTION}${mentioned.push(somebody) - 1} `
      }
      return ' '
    })
  }
  const rest: string[] = []
  const order: PeopleFound['order'] = []
  const pushWord = (word: string) => {
    rest.push(word)
    order.push(word)
  }
  for (const word of words.split(BLANKS).filter(Boolean)) {
    if (word.startsWith(MENTION)) {
      order.push(mentioned[Number(word.slice(1))] as Person)
      continue
    }
    const named = personIn(word, handles, before.glued)
    if (!named) {
      pushWord(word)
      continue
    }
    const last = order.at(-1)
    if (typeof last === 'string' && before.word.test(last)) {
      rest.pop()
      order.pop()
    }
    const { handle, glued } = named
    if (handle === undefined)
      unclear ??= { what: 'whoIs', details: { typed: asTyped(word), ...insteadOf(handles) } }
    else if (handles.isBot(handle)) unclear ??= { what: 'bot' }
    else {
      const somebody = { messenger: person.messenger, handle }
      people.set(`@${handle.toLowerCase()}`, somebody)
      order.push(somebody)
    }
    if (glued) pushWord(glued)
  }
  return { people: [...people.values()], treasury, unclear, rest, order }
}

/** Words before a name, which go with it. */
interface Before {
  /** Such a word by itself. */
  word: RegExp
  /** What is written before a name without a blank, as in Chinese: characters of an expression. */
  glued: string
  /** The beginning of an expression for a name. */
  aName: string
}

const wordsBefore = (words: string, glued: string): Before => ({
  word: new RegExp(`^(${words}|[${glued}])$`, 'iu'),
  glued,
  aName: `(?:(?<!\\S)(?:${words})\\s+|[${glued}]\\s*)?`,
})

/** `to @ben`, `给 @ben` */
export const TO = wordsBefore('to|for', '给給')
/** `from @ben`, `向 @ben` */
const FROM = wordsBefore('from|of', '向找')
/** `30 with @ada and @ben`, `30 和 @ada` */
export const WITH = wordsBefore('with|between|among|from|and|&', '和跟与向')
/** Not the byte order mark, which nobody sees: who reads `1\uFEFF2` reads 12. */
const BLANKS = /[^\S\uFEFF]+/
/** A possessive and punctuation, as they follow a name in a sentence. */
const AFTER_A_NAME = `(?:['’]s(?!\\p{L}))?[\\p{Po}\\p{Pe}\\p{Pf}]*`
/** Stands for a mention among the words, before its number: no text has it. */
const MENTION = '\0'
const TREASURY = new RegExp(`${TO.aName}@(?:treasury(?![\\p{L}\\p{N}_])|金库|金庫)${AFTER_A_NAME}`, 'iu')
const TREASURY_FIRST = new RegExp(`^${TREASURY.source}\\s*`, 'iu')
const CLOSING = new RegExp(`^${AFTER_A_NAME}["']*$`, 'u')
const WITHOUT_BLANKS =
  /^[\p{Po}\p{Pe}]*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
/** Words that mean everybody in some messengers, and are nobody's handle. */
const EVERYBODY = /^(here|everyone|all|channel)$/i

/**
 * The handle in a word that begins with `@`, and the text that follows it without a blank, as in Chinese.
 * @returns undefined where the word is no person; an object without handle where it looks like one, but can't be read
 */
function personIn(
  word: string,
  { pattern }: Handles,
  glued: string,
): { handle?: string; glued?: string } | undefined {
  if (word.length > MAX_WORD)
    return new RegExp(`^(<|[\\p{Ps}\\p{Pi}"'${glued}]{0,4})@`, 'u').test(word) ? {} : undefined
  const [, typed, after = ''] =
    new RegExp(`^[\\p{Ps}\\p{Pi}"'${glued}]*@([\\w.-]*)(.*)$`, 'su').exec(word) ?? []
  if (typed === undefined) return word.startsWith('<@') ? {} : undefined
  if (typed === '' && after === '') return undefined
  const handle = typed.replace(/[.-]+$/, '')
  const rest = typed.slice(handle.length) + after
  // Where handles may end with a dot, it may belong to the handle or end the sentence.
  const isClear = handle === typed || !pattern.test(typed)
  if (!isClear || !pattern.test(handle) || EVERYBODY.test(handle)) return {}
  if (CLOSING.test(rest)) return { handle }
  return WITHOUT_BLANKS.test(rest) ? { handle, glued: rest.replace(/^\p{P}+/u, '') } : {}
}

/** Longer words are no names. They aren't matched against the expressions, which would take long. */
const MAX_WORD = 400

/** The first word of a note, which may be a person. It is likely to be one where it is written like a name, or follows `to`. */
function perhapsSomebody(
  [first, second]: string[],
  { word: goesBefore, glued }: Before,
): ParsedSend['perhaps'] {
  if (first === undefined || first.length > MAX_WORD || (second ?? '').length > MAX_WORD) return undefined
  // A note may begin with `for lunch`.
  const followsTo =
    second !== undefined && !/^(for|of)$/i.test(first) && (first === '@' || goesBefore.test(first))
  const word = (followsTo ? second : first).replace(
    new RegExp(`^[\\p{Ps}\\p{Pi}"'${glued}]+|(['’]s)?[\\p{P}]*$`, 'gu'),
    '',
  )
  if (word === '') return undefined
  return {
    word,
    isLikely:
      followsTo || /^\p{Lu}\p{Ll}|@/u.test(word) || isId(word) || new RegExp(`^[${glued}].`, 'u').test(first),
  }
}

/** `telegram:123456789`, `app:shop`: as the command line and the API name people. */
function isId(word: string): boolean {
  const [messenger = '', id] = word.toLowerCase().split(':')
  return id !== undefined && (isMessenger(messenger) || messenger === APP)
}

/** Takes the first word, with a currency sign that a blank sets apart: `20 €`, `¥ 20`. */
export function takeAmount(words: string[]): string | undefined {
  const isSign = (word: string | undefined) => /^\p{Sc}$/u.test(word ?? '')
  const parts = words.splice(0, isSign(words[0]) || isSign(words[1]) ? 2 : 1)
  return parts.length > 0 ? parts.join('') : undefined
}

function amountProblem(
  amount: string | undefined,
  asset: string | undefined,
  rest: string[],
): ParsedSend['unclear'] {
  if (amount === undefined) return { what: 'noAmount' }
  const [first] = rest
  // Many people write `1 000` for one thousand: 1 would be wrong.
  if (asset === undefined && first && isNumber(amount) && isNumber(first))
    return { what: 'twoNumbers', details: { typed: asTyped(`${amount} ${first}`) } }
  const number = rest.find(isNumber)
  if (!/\p{N}/u.test(amount) && number) return { what: 'amountFirst', details: { typed: asTyped(amount) } }
  return undefined
}

/** Whether a word is digits, perhaps with a currency sign. Keyboards of right-to-left languages add invisible marks. */
export const isNumber = (word: string) =>
  /^\p{Sc}?\d[\d.,]*[km]?\p{Sc}?$/iu.test(word.replace(/\p{Cf}/gu, ''))

/** Takes `anyone`, which stands in place of a name: for whoever taps first. */
function takeAnyone(words: string[]): boolean {
  if (!ANYONE.test(words[0] ?? '')) return false
  words.shift()
  return true
}

const ANYONE = /^(anyone|anybody|whoever|任何人|谁都行|先点先得)$/iu

/** Takes the word after the amount where it is an asset, or looks so much like one that it can't be meant as a note. */
export function takeAsset(words: string[], codes: string[]): string | undefined {
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

const tooMany = ({ length: count }: unknown[]): ParsedSend['unclear'] =>
  count > 1 ? { what: 'tooManyPeople', details: { count } } : undefined
