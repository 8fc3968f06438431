// Holds every call of the bot against the official description of the Bot API, so that what is right and wrong is
// Telegram's opinion and not this fake's.
import { parseHtml } from './html.ts'
import { type Entry, type Field, telegramSpec } from './spec.ts'
import { ApiError, type Json } from './wire.ts'

/** What one call was found to be: its parameters as typed values, and everything in it that the description forbids. */
interface CheckedCall {
  params: Json
  breaches: string[]
}

/**
 * @param raw the parameters as they came: strings where they came by form or query, typed values where by JSON
 * @param files the uploaded parts by name
 */
export function checkCall(name: string, raw: Json, files: Map<string, File>): CheckedCall {
  const method = telegramSpec.methods[name] as Entry
  const call: Call = { files, attached: new Set(), breaches: [] }
  const values: Json = {}
  for (const [key, value] of Object.entries(raw)) {
    const field = method.fields?.find((candidate) => candidate.name === key)
    values[key] = field && typeof value === 'string' ? fromForm(value, field.types) : value
  }
  for (const [key, upload] of files) {
    if (method.fields?.some((field) => field.name === key)) values[key] = upload
  }
  const params = readObject(values, method, name, call)
  for (const key of files.keys()) {
    if (!call.attached.has(key)) call.breaches.push(`${name}: the uploaded part "${key}" belongs to nothing`)
  }
  return { params, breaches: call.breaches }
}

/** What is wrong with an answer of the fake itself, which has to be as described too. */
export function checkAnswer(types: string[], answer: unknown): string[] {
  const call: Call = { files: new Map(), attached: new Set(), breaches: [] }
  read(answer, types, 'answer', call)
  return call.breaches
}

interface Call {
  files: Map<string, File>
  attached: Set<string>
  breaches: string[]
}

/** Form data and query strings know text alone: everything else comes as its JSON. */
function fromForm(text: string, types: string[]): unknown {
  if (types.includes('Integer') && /^-?\d+$/.test(text)) return Number(text)
  if (types.includes('String')) return text
  if (types.includes('Boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function read(value: unknown, types: string[], where: string, call: Call): unknown {
  const candidates = likely(types, value)
  if (candidates.length === 1) return readAs(value, candidates[0] as string, where, call)
  const attempts = candidates.map((type) => {
    const attempt: Call = { ...call, breaches: [], attached: new Set() }
    return { result: readAs(value, type, where, attempt), ...attempt }
  })
  const best = attempts.reduce((a, b) => (b.breaches.length < a.breaches.length ? b : a))
  call.breaches.push(...best.breaches)
  for (const name of best.attached) call.attached.add(name)
  return best.result
}

function readAs(value: unknown, type: string, where: string, call: Call): unknown {
  const wrong = () => call.breaches.push(`${where}: ${JSON.stringify(value) ?? 'a file'} is no ${type}`)
  if (type.startsWith('Array of ')) {
    if (!Array.isArray(value)) return wrong()
    return value.map((item, i) => readAs(item, type.slice('Array of '.length), `${where}[${i}]`, call))
  }
  switch (type) {
    case 'String':
      if (typeof value !== 'string') return wrong()
      if (value.startsWith('attach://')) attach(value.slice('attach://'.length), where, call)
      return value
    case 'Integer':
      return Number.isSafeInteger(value) ? value : wrong()
    case 'Float':
      return Number.isFinite(value) ? value : wrong()
    case 'Boolean':
      return typeof value === 'boolean' ? value : wrong()
    case 'InputFile':
      if (!(value instanceof File)) return wrong()
      return call.attached.add(where.slice(where.indexOf('.') + 1)) && value
  }
  const entry = telegramSpec.types[type] as Entry
  if (entry.subtypes) return read(value, entry.subtypes, where, call)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong()
  return readObject(value, entry, where, call)
}

/** The variants of a union that the value is meant to be: by its tag (`type: 'photo'`), then by its required fields. */
function likely(types: string[], value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return types
  const given = value as Json
  const fieldsOf = (type: string) => telegramSpec.types[type]?.fields ?? []
  const tagged = narrow(types, (type) =>
    fieldsOf(type).some((field) => given[field.name] !== undefined && tagOf(field) === given[field.name]),
  )
  return narrow(tagged, (type) => {
    const required = fieldsOf(type).filter((field) => field.required)
    return required.length > 0 && required.every((field) => given[field.name] !== undefined)
  })
}

function narrow(types: string[], fits: (type: string) => boolean): string[] {
  const fitting = types.filter(fits)
  return fitting.length > 0 ? fitting : types
}

function tagOf(field: Field): string | undefined {
  if (!field.required || !['type', 'source', 'status'].includes(field.name)) return undefined
  return field.choices?.length === 1 ? field.choices[0] : undefined
}

function readObject(value: Json, entry: Entry, where: string, call: Call): Json {
  const fields = entry.fields ?? []
  const result: Json = {}
  for (const [key, given] of Object.entries(value)) {
    if (given === undefined || given === null) continue
    const field = fields.find((candidate) => candidate.name === key)
    if (field) result[key] = read(given, field.types, `${where}.${key}`, call)
    else call.breaches.push(`${where}: there is no field "${key}" in ${entry.name}`)
  }
  for (const field of fields) {
    const given = result[field.name]
    if (given === undefined && !(field.name in value) && isRequired(field, value)) {
      call.breaches.push(`${where}: the required field "${field.name}" is missing`)
    }
    const complaint = given === undefined ? undefined : complaintAbout(given, field, entry, result)
    if (complaint) call.breaches.push(`${where}.${field.name}: ${complaint}`)
  }
  const shape = complaintAboutShape(entry, result)
  if (shape) call.breaches.push(`${where}: ${shape}`)
  return result
}

function isRequired(field: Field, value: Json): boolean {
  if (field.required) return true
  const others = /[Rr]equired if ([a-z_]+(?: and [a-z_]+)?) (?:is not|are not|isn't) specified/.exec(
    field.description,
  )?.[1]
  return others?.split(' and ').some((name) => value[name] === undefined) ?? false
}

/** "Exactly one of the fields other than text and style must be used" and its like. */
function complaintAboutShape(entry: Entry, value: Json): string | undefined {
  const rule =
    /(exactly|at most) one of the (?:fields (?:other than )?([\w, ]+?) must be used|optional fields)/i.exec(
      entry.description,
    )
  if (!rule) return undefined
  const named = rule[2]?.split(/, and |, | and | or /)
  const isOneOf = (field: Field) =>
    named ? named.includes(field.name) !== rule[0].includes('other than') : !field.required
  const used = entry.fields?.filter((field) => isOneOf(field) && value[field.name] !== undefined) ?? []
  if (used.length === 1 || (used.length === 0 && rule[1]?.toLowerCase() === 'at most')) return undefined
  return `${rule[0]}, not ${used.map((field) => field.name).join(', ') || 'none'}`
}

/** What the description says in words about one field, beyond its type. */
function complaintAbout(value: unknown, field: Field, entry: Entry, siblings: Json): string | undefined {
  const says = field.description
  const own = OWN_RULES[`${entry.name}.${field.name}`]?.(value as never)
  if (own) return own
  if (Array.isArray(value)) return complaintAboutSize(value, says, entry)
  if (typeof value === 'number') return complaintAboutRange(value, says)
  if (typeof value !== 'string') return undefined
  if (field.name.endsWith('parse_mode') && value !== 'HTML') return `this fake reads HTML alone, not ${value}`
  const { choices } = field
  if (choices && !choices.includes(value)) return `"${value}" isn't one of ${choices.join(', ')}`
  if (/two-letter ISO 639-1/.test(says) && !/^([a-z]{2})?$/.test(value)) return `"${value}" isn't two letters`
  if (/only lowercase English letters, digits and underscores/.test(says) && !/^[a-z0-9_]*$/.test(value)) {
    return `"${value}" has other characters than a-z, 0-9 and _`
  }
  if (/only A-Z, a-z, 0-9, _ and - are allowed|Only characters A-Z, a-z, 0-9, _ and -/.test(says)) {
    if (!/^[\w-]*$/.test(value)) return 'has other characters than A-Z, a-z, 0-9, _ and -'
  }
  return complaintAboutLength(value, field, entry, siblings)
}

function complaintAboutSize(value: unknown[], says: string, entry: Entry): string | undefined {
  const range = /\b(\d+)-(\d+) (?!based)[a-z]/.exec(says)
  const atMost = /(?:at most|up to) (\d+) /i.exec(says)?.[1]
  const perQuery = /No more than (\d+) results/.exec(entry.description)?.[1]
  const [least, most] = range
    ? [Number(range[1]), Number(range[2])]
    : [0, Number(atMost ?? perQuery ?? Infinity)]
  if (value.length < least || value.length > most) return `${value.length} items, not ${least}-${most}`
  return undefined
}

function complaintAboutRange(value: number, says: string): string | undefined {
  const range = /Values between (\d+)-(\d+) are accepted/.exec(says)
  if (!range || (value >= Number(range[1]) && value <= Number(range[2]))) return undefined
  return `${value} isn't within ${range[1]}-${range[2]}`
}

function complaintAboutLength(value: string, field: Field, entry: Entry, siblings: Json): string | undefined {
  const has = (name: string) => entry.fields?.some((candidate) => candidate.name === name)
  const mode = has(`${field.name}_parse_mode`) ? `${field.name}_parse_mode` : 'parse_mode'
  const isFormatted = has(mode) && /^(text|caption|message_text|quote|question|explanation)$/.test(field.name)
  let text = value
  if (isFormatted && siblings[mode] === 'HTML') {
    try {
      text = parseHtml(value).text
    } catch (error) {
      if (error instanceof ApiError) return error.message.replace('Bad Request: ', '')
      throw error
    }
  }
  const range = /(\d+)-(\d+) (characters|bytes)/i.exec(field.description)
  const most = range?.[2] ?? /can't exceed (\d+) bytes/.exec(field.description)?.[1]
  if (!most) return undefined
  const unit = range?.[3]?.toLowerCase() ?? 'bytes'
  // Telegram counts a caption's or a text's characters as code points (td's utf8_length).
  const length = unit === 'bytes' ? Buffer.byteLength(text) : Array.from(text).length
  const least = Number(range?.[1] ?? 0)
  return length < least || length > Number(most) ? `${length} ${unit}, not ${least}-${most}` : undefined
}

function attach(name: string, where: string, call: Call): void {
  if (call.files.has(name)) call.attached.add(name)
  else call.breaches.push(`${where}: no part "${name}" was uploaded`)
}

type Rule = (value: never) => string | undefined | false

/** What real Telegram refuses, although no rule above finds it in the description's words. */
const OWN_RULES: Record<string, Rule> = {
  'InlineKeyboardButton.text': (text: string) => text.trim() === '' && 'must be non-empty',
  'InlineKeyboardButton.url': (url: string) => !isPublicUrl(url) && `"${url}" is refused: Wrong HTTP URL`,
  'WebAppInfo.url': (url: string) => !url.startsWith('https://') && 'Only HTTPS links are allowed',
  'answerCallbackQuery.url': (url: string) => !/^(https:\/\/t\.me|tg:)\//.test(url) && 'URL_INVALID',
  'getUpdates.allowed_updates': onlyUpdates,
  'setWebhook.allowed_updates': onlyUpdates,
}

/** td/telegram/LinkManager.cpp: a host needs a dot or is IPv6, so a button with http://localhost never shows. */
function isPublicUrl(url: string): boolean {
  if (/^(tg|ton|tonsite):/i.test(url)) return true
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && /[.:]/.test(new URL(url).hostname)
}

function onlyUpdates(names: string[]): string | undefined {
  const known = telegramSpec.types.Update?.fields?.map((field) => field.name) ?? []
  const unknown = names.filter((name) => !known.includes(name))
  return unknown.length > 0 ? `no such updates: ${unknown.join(', ')}` : undefined
}
