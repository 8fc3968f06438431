// Telegram's HTML: https://core.telegram.org/bots/api#html-style and #date-time-entity-formatting.
// Stricter than the real server on two points on which the page is clear and the server silently forgives:
// an unescaped `&` or `>`, and entities nested in ways that are not allowed.
import { badRequest, type Json } from './wire.ts'

interface FormattedText {
  text: string
  entities: Json[]
}

/** Reads `source` as Telegram does; throws the 400 "can't parse entities: …" that Telegram answers. */
export function parseHtml(source: string): FormattedText {
  let text = ''
  let at = 0
  const open: { tag: string; attributes: Map<string, string>; offset: number; where: string }[] = []
  const entities: Json[] = []
  while (at < source.length) {
    const character = source[at] as string
    const here = () => `at byte offset ${Buffer.byteLength(source.slice(0, at))}`
    if (character === '&') {
      const reference = match(/&(?:#\d{1,6}|#x[0-9a-f]{1,5}|lt|gt|amp|quot);/iy, source, at)
      if (!reference) throw unparsable(`Unescaped "&" ${here()}`)
      text += decode(reference[0])
      at += reference[0].length
    } else if (character === '>') {
      throw unparsable(`Unescaped ">" ${here()}`)
    } else if (character !== '<') {
      text += character
      at++
    } else if (source[at + 1] === '/') {
      const end = match(/<\/([a-z-]*)\s*>/iy, source, at)
      const start = open.pop()
      if (!start) throw unparsable(`Unexpected end tag ${here()}`)
      if (!end) throw unparsable(`Unclosed end tag ${here()}`)
      const tag = (end[1] as string).toLowerCase()
      if (tag !== start.tag) {
        throw unparsable(`Unmatched end tag ${here()}, expected "</${start.tag}>", found "</${tag}>"`)
      }
      const length = text.length - start.offset
      if (length > 0) entities.push({ ...entityOf(start, text), offset: start.offset, length })
      at += end[0].length
    } else {
      const tag = (/^[^\s>]*/.exec(source.slice(at + 1)) as RegExpExecArray)[0].toLowerCase()
      if (!TAGS.has(tag)) throw unparsable(`Unsupported start tag "${tag}" ${here()}`)
      const start = match(START_TAG, source, at)
      if (!start) throw unparsable(`Unclosed start tag "${tag}" ${here()}`)
      open.push({
        tag,
        attributes: attributesOf(start[0].slice(tag.length + 1, -1)),
        offset: text.length,
        where: here(),
      })
      at += start[0].length
    }
  }
  const unclosed = open.pop()
  if (unclosed) throw unparsable(`Can't find end tag corresponding to start tag "${unclosed.tag}"`)
  const merged = withLanguages(entities)
  checkNesting(merged)
  return trimmed({
    text,
    entities: merged.reverse().sort((a, b) => a.offset - b.offset || b.length - a.length),
  })
}

const TAGS = new Set(
  'a b strong i em s strike del u ins tg-spoiler tg-emoji tg-time span pre code blockquote'.split(' '),
)
const START_TAG = /<[a-z-]+(?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[\w.-]+))?)*\s*>/iy
const STYLES: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
}

function entityOf(
  start: { tag: string; attributes: Map<string, string>; offset: number; where: string },
  text: string,
): Json {
  const { tag, attributes } = start
  const style = STYLES[tag]
  if (style) return { type: style }
  switch (tag) {
    case 'span':
      if (attributes.get('class') === 'tg-spoiler') return { type: 'spoiler' }
      throw unparsable(`Tag "span" must have class "tg-spoiler" ${start.where}`)
    case 'a': {
      const url = attributes.get('href') ?? text.slice(start.offset)
      const person = /^tg:\/\/user\?id=(\d+)$/.exec(url)
      return person ? { type: 'text_mention', user: { id: Number(person[1]) } } : { type: 'text_link', url }
    }
    case 'tg-emoji':
      if (!/^[1-9]\d*$/.test(attributes.get('emoji-id') ?? '')) {
        throw unparsable('Invalid custom emoji identifier specified')
      }
      return { type: 'custom_emoji', custom_emoji_id: attributes.get('emoji-id') }
    case 'tg-time': {
      const format = attributes.get('format') ?? ''
      if (!/^(r|w?[dD]?[tT]?)$/.test(format)) throw unparsable(`Invalid date-time format "${format}"`)
      if (!/^[1-9]\d{0,9}$/.test(attributes.get('unix') ?? '')) throw unparsable('Invalid date specified')
      return { type: 'date_time', unix_time: Number(attributes.get('unix')), date_time_format: format }
    }
    case 'code': {
      const language = /^language-(.+)$/.exec(attributes.get('class') ?? '')?.[1]
      return language ? { type: 'code', language } : { type: 'code' }
    }
    case 'blockquote':
      return { type: attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote' }
    default:
      return { type: tag }
  }
}

/** `<pre><code class="language-x">` is one `pre` entity with a language; on a `code` alone a language means nothing. */
function withLanguages(entities: Json[]): Json[] {
  const isWithin = (pre: Json, code: Json) =>
    pre.type === 'pre' && code.language && pre.offset === code.offset && pre.length === code.length
  for (const entity of entities) {
    const code = entities.find((other) => isWithin(entity, other) && other.type === 'code')
    if (code) entity.language = code.language
  }
  const kept = entities.filter((code) => code.type !== 'code' || !entities.some((pre) => isWithin(pre, code)))
  for (const entity of kept) if (entity.type === 'code') delete entity.language
  return kept
}

function checkNesting(entities: Json[]): void {
  for (const [index, inner] of entities.entries()) {
    for (const outer of entities.slice(index + 1)) {
      const contains =
        outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length
      if (contains && !mayContain(kindOf(outer.type), kindOf(inner.type))) {
        throw unparsable(`A ${outer.type} entity can't contain a ${inner.type} entity`)
      }
    }
  }
}

type Kind = 'style' | 'quote' | 'monospace' | 'other'

function kindOf(type: string): Kind {
  if (type === 'spoiler' || Object.values(STYLES).includes(type)) return 'style'
  if (type.endsWith('blockquote')) return 'quote'
  return type === 'pre' || type === 'code' ? 'monospace' : 'other'
}

function mayContain(outer: Kind, inner: Kind): boolean {
  if (outer === 'quote') return inner !== 'quote'
  if (outer === 'style') return inner !== 'monospace'
  return outer === 'other' && inner === 'style'
}

/** Telegram cuts blank space off both ends, and the entities with it. */
export function trimmed({ text, entities }: FormattedText): FormattedText {
  const end = text.trimEnd().length
  const blank = text.slice(0, end).search(/[^ \n]|$/)
  const start = Math.min(blank, ...entities.map((entity) => entity.offset))
  return {
    text: text.slice(start, end),
    entities: entities
      .map((entity) => {
        const stop = Math.min(entity.offset + entity.length, end)
        return { ...entity, offset: entity.offset - start, length: stop - entity.offset } as Json
      })
      .filter((entity) => entity.length > 0),
  }
}

/** The entities that Telegram finds by itself in what is written: mentions, commands, links and so on. */
export function withFoundEntities({ text, entities }: FormattedText): FormattedText {
  const opaque = entities.filter(({ type }) => kindOf(type) === 'monospace' || kindOf(type) === 'other')
  const found: Json[] = []
  for (const [type, pattern] of FOUND) {
    for (const { index: offset, 0: part } of text.matchAll(pattern)) {
      const overlaps = (e: Json) => offset < e.offset + e.length && e.offset < offset + part.length
      if (![...opaque, ...found].some(overlaps)) found.push({ type, offset, length: part.length })
    }
  }
  return {
    text,
    entities: [...entities, ...found].sort((a, b) => a.offset - b.offset || b.length - a.length),
  }
}

const FOUND: [type: string, pattern: RegExp][] = [
  ['url', /\bhttps?:\/\/[^\s<>"]*[^\s<>".,!?)]/gi],
  ['email', /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g],
  ['bot_command', /(?<![\w/@])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/@])/g],
  ['mention', /(?<![\w@/])@[A-Za-z]\w{2,31}\b/g],
  ['cashtag', /(?<![\w$])\$[A-Z]{3,8}\b/g],
  ['hashtag', /(?<![\w#])#(?=\S*[^\d\W])[\p{L}\p{N}_]+/gu],
]

function attributesOf(source: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, double, single, token] of source.matchAll(
    /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?/gi,
  )) {
    attributes.set((name as string).toLowerCase(), decode(double ?? single ?? token?.toLowerCase() ?? ''))
  }
  return attributes
}

function decode(source: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }
  return source.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(lt|gt|amp|quot));/gi, (_, decimal, hex, name) =>
    name
      ? (named[name.toLowerCase()] as string)
      : String.fromCodePoint(decimal ? +decimal : Number.parseInt(hex, 16)),
  )
}

function match(sticky: RegExp, source: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at
  return sticky.exec(source)
}

function unparsable(reason: string) {
  return badRequest(`can't parse entities: ${reason}`)
}
