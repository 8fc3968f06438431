const LINE_BREAKS: readonly string[] = ['br', 'p', '/p', 'div', '/div', 'li', '/blockquote']
const ENTITY = /&(?:(lt|gt|amp|quot|apos|nbsp)|#(\d{1,7})|#x([\da-f]{1,6}));/gi
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' }

/**
 * What a message in markup says, with the ids of those whom it mentions in place of their names, and without what it repeats of the message
 * that it answers. https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
 */
export function textOfHtml(html: string): string {
  const [first = '', ...pieces] = html.split('<')
  let text = decoded(first)
  /** The tag that ends what is left out. */
  let skippedUntil: string | undefined
  for (const piece of pieces) {
    const end = piece.indexOf('>')
    const tag = piece.slice(0, end)
    const name = /^\/?[\w-]*/.exec(tag)?.[0].toLowerCase() ?? ''
    if (skippedUntil && name !== skippedUntil) continue
    skippedUntil = undefined
    const person = name === 'a' && personIn(tag)
    if (person) text += ` ${person}`
    if (person) skippedUntil = '/a'
    else if (name === 'mx-reply') skippedUntil = '/mx-reply'
    else text += (LINE_BREAKS.includes(name) ? '\n' : '') + decoded(piece.slice(end + 1))
  }
  return text.trim()
}

/** The id of the person whom a link mentions: `https://matrix.to/#/@ben:example.org`, `matrix:u/ben:example.org`. */
function personIn(tag: string): string | undefined {
  const [, one, other] = /\shref=(?:"([^"]*)"|'([^']*)')/i.exec(tag) ?? []
  const link = decoded(one ?? other ?? '')
  const [, id] = /^https:\/\/matrix\.to\/#\/((?:@|%40)[^/?]+)/i.exec(link) ?? []
  if (id) return unescaped(id)
  const [, local] = /^matrix:u\/([^/?]+)/i.exec(link) ?? []
  return local && `@${unescaped(local)}`
}

const decoded = (text: string): string =>
  text.replace(ENTITY, (_, name?: string, decimal?: string, hex?: string) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? ''
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
