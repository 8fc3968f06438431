import type { InferRequestType } from 'hono/client'
import { drawCard } from '../card.ts'
import { body, type Core, Refused } from '../core.ts'
import type { HandleOnly, Invocation, Person } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

/** What was understood of a `/send`, before anybody judges it. */
export interface Order {
  amount?: string | undefined
  asset?: string | undefined
  to: (Person | HandleOnly)[]
  note?: string | undefined
  /** Set where the words could mean two amounts. */
  twoNumbers?: string | undefined
  /** Set where it answers to something that nobody can send to, and names nobody else. */
  replyToNobody?: boolean
}

type Create = InferRequestType<Core['transfers']['$post']>['json']

export const send: Command = {
  name: 'send',
  options: [{ name: 'amount', required: true }, { name: 'asset' }, { name: 'who' }, { name: 'note' }],
  async run(asked, { core }) {
    const transfer = await order(asked, core, (create) =>
      body(core.transfers.$post({ json: { ...create, card: cardOf(asked), key: asked.key } })),
    )
    return { card: drawCard(transfer, asked.language) }
  },
}

/** Where its card is to hang: the core has it posted where this process doesn't live to do so. */
const cardOf = ({ person, target, language }: Invocation) =>
  target && { messenger: person.messenger, ...target, language }

/**
 * Understands a `/send` and hands it to the core.
 * @throws Misunderstood where it is refused
 */
export async function order<T>(
  asked: Invocation,
  core: Core,
  hand: (create: Create) => Promise<T>,
): Promise<T> {
  const { person, chat, language } = asked
  const understood = asked.fields ? fromFields(asked) : fromWords(asked, await assetCodes(asked, core))
  try {
    check(understood)
    return await hand({
      amount: understood.amount ?? '',
      asset: understood.asset,
      from: person,
      to: understood.to[0],
      note: understood.note,
      group:
        chat.kind === 'group'
          ? { messenger: person.messenger, id: chat.id, ...(chat.title && { title: chat.title }) }
          : undefined,
    })
  } catch (error) {
    if (error instanceof Refused) throw new Misunderstood(error, explain(understood, language))
    throw error
  }
}

/** A refusal, with what was understood and an example that works. */
export class Misunderstood extends Error {
  refused: Refused
  explanation: string

  constructor(refused: Refused, explanation: string) {
    super(refused.message)
    this.refused = refused
    this.explanation = explanation
  }
}

async function assetCodes({ person }: Invocation, core: Core): Promise<string[]> {
  const { items } = await body(core.assets.$get({ query: { messenger: person.messenger } }))
  return items.map((asset) => asset.code)
}

/**
 * `20 @ben lunch`, `20 CREDIT @ben lunch`, `@ben 20 lunch`: the first word that isn't a person is the amount.
 * @param assets the codes that mean an asset, where one stands behind the amount
 */
export function fromWords(asked: Invocation, assets: string[]): Order {
  const codes = new Set(assets.map((code) => code.toLowerCase()))
  const to = new Map<string, Person | HandleOnly>()
  let words = asked.words
  // Names that the messenger points at may hold blanks, so they are taken out whole.
  for (const [mention, person] of asked.mentions ?? []) {
    const named = new RegExp(`${RegExp.escape(mention)}(?![\\p{L}\\p{N}_])`, 'gu')
    const left = words.replace(named, ' ')
    if (left === words) continue
    words = left
    to.set(person.id, person)
  }
  const rest: string[] = []
  for (const word of words.split(/\s+/).filter(Boolean)) {
    const handle = /^@([\p{L}\p{N}_.-]{1,64})[,:]?$/u.exec(word)?.[1]
    if (handle) to.set(`@${handle.toLowerCase()}`, { messenger: asked.person.messenger, handle })
    else rest.push(word)
  }
  const { replyTo } = asked
  const replyToNobody = to.size === 0 && replyTo === 'nobody'
  if (to.size === 0 && replyTo && replyTo !== 'nobody') to.set(replyTo.id, replyTo)

  const amount = takeAmount(rest)
  const asset = rest[0] && codes.has(rest[0].toLowerCase()) ? rest.shift() : undefined
  // `1 000` is one number to many people: never take the first half of it.
  const twoNumbers =
    asset === undefined && rest[0] && /^\d[\d.,]*$/.test(rest[0]) ? `${amount} ${rest[0]}` : undefined
  return { amount, asset, to: [...to.values()], note: rest.join(' ') || undefined, twoNumbers, replyToNobody }
}

/** The first word, with a currency sign that stands apart from it: `20 €`, `¥ 20`. */
function takeAmount(words: string[]): string | undefined {
  const isSign = (word: string | undefined) => /^\p{Sc}$/u.test(word ?? '')
  const parts = words.splice(0, isSign(words[0]) || isSign(words[1]) ? 2 : 1)
  return parts.length > 0 ? parts.join('') : undefined
}

function fromFields({ fields }: Invocation): Order {
  const text = (name: string) => {
    const value = fields?.[name]
    return typeof value === 'string' ? value.trim() || undefined : undefined
  }
  const who = fields?.who
  return {
    amount: text('amount'),
    asset: text('asset'),
    to: typeof who === 'object' ? [who] : [],
    note: text('note'),
  }
}

/** What can be told without the core. */
function check({ amount, to, note, twoNumbers, replyToNobody }: Order) {
  const wrong = (code: string, details = {}) => new Refused({ code, detail: code, details })
  if (amount === undefined) throw wrong('send.noAmount')
  if (twoNumbers) throw wrong('send.twoNumbers', { typed: twoNumbers })
  if (replyToNobody) throw wrong('send.replyToNobody')
  if (to.length > 1) throw wrong('send.tooManyPeople', { count: to.length })
  const characters = [...(note ?? '')].length
  if (characters > 200) throw wrong('send.longNote', { count: characters })
}

function explain({ amount, asset, to, note }: Order, language: string): string {
  const t = texts(language)
  if (amount === undefined) return t('send.example')
  const [first] = to
  const name =
    first &&
    ('name' in first && first.name ? first.name : `@${first.handle ?? ('id' in first ? first.id : '')}`)
  const short = note && [...note].length > 60 ? `${[...note].slice(0, 60).join('')}…` : note
  const parts = [
    t('send.amount', { amount: [amount.slice(0, 40), asset].filter(Boolean).join(' ') }),
    name ? t('send.to', { to: name }) : t('send.anyone'),
    ...(short ? [t('send.note', { note: short })] : []),
  ]
  return `${t('send.understood', { parts: parts.join(language === 'zh-Hans' ? '，' : ', ') })}\n${t('send.example')}`
}
