import type { InferRequestType } from 'hono/client'
import { asTyped, cleanText, short } from '../../src/shared/text.ts'
import { drawCard, nameOf } from '../card.ts'
import { type ApiClient, body, Refused } from '../client.ts'
import { cleanLabel, type Invocation } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { fromFields, fromWords, type Order } from './order.ts'

/** Characters of a note that an answer repeats. */
const MOST_NOTE = 60

type Create = InferRequestType<ApiClient['transfers']['$post']>['json']

export const send: Command = {
  name: 'send',
  aliases: { en: ['tip', 'pay'] },
  options: [{ name: 'amount', required: true }, { name: 'asset' }, { name: 'who' }, { name: 'note' }],
  async run(asked, { api }) {
    const transfer = await order(asked, api, (create) =>
      body(api.transfers.$post({ json: { ...create, card: cardOf(asked), key: asked.key } })),
    )
    return { card: drawCard(transfer, asked.language, asked.person.messenger) }
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
  api: ApiClient,
  hand: (create: Create) => Promise<T>,
): Promise<T> {
  const { person, chat, language } = asked
  const understood = asked.fields
    ? fromFields(asked)
    : await withoutSomebody(fromWords(asked, await assetCodes(asked, api)), asked, api)
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
    if (!(error instanceof Refused)) throw error
    const refused = error.code === 'own_transfer' ? refusal('toYourself') : error
    throw new Misunderstood(refused, explain(understood, language))
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

async function assetCodes({ person }: Invocation, api: ApiClient): Promise<string[]> {
  const { items } = await body(api.assets.$get({ query: { messenger: person.messenger } }))
  return items.map((asset) => asset.code)
}

/** A note that begins with what could be somebody is asked back: who it is for must not become a note. */
async function withoutSomebody(order: Order, asked: Invocation, api: ApiClient): Promise<Order> {
  const { perhaps, unclear, to } = order
  const word = perhaps && cleanLabel(perhaps.word)
  if (!word || unclear) return order
  const [answered] = to
  const called = await calledInGroup(word, asked, api)
  const isAnswered = answered && called.some(({ id }) => 'id' in answered && id === answered.id)
  const isSomebody = called.length > 0 && !isAnswered
  if (!isSomebody && (answered || !perhaps.isLikely)) return order
  const what = isSomebody ? 'whoIs' : 'nobodyCalled'
  return { ...order, unclear: { what, details: { typed: word } } }
}

/** Only who has dealt there counts: else anybody could call themselves `lunch`, and have everybody asked back. */
async function calledInGroup(called: string, { person, chat }: Invocation, api: ApiClient) {
  if (chat.kind === 'private') return []
  const param = { messenger: person.messenger }
  const { items } = await body(api.people[':messenger'].$get({ param, query: { called, group: chat.id } }))
  return items
}

const refusal = (what: string, details: Refused['details'] = {}) =>
  new Refused({ code: `send.${what}`, detail: what, details })

/** What can be told without the core. */
function check({ unclear, note }: Order) {
  if (unclear) throw refusal(unclear.what, unclear.details)
  const characters = [...(note ?? '')].length
  if (characters > 200) throw refusal('longNote', { count: characters })
}

/** What to do about it: what was understood, and a line that works. */
function explain(order: Order, language: string): string {
  const t = texts(language)
  const { unclear } = order
  if (!unclear) return `${understoodIn(order, language)}\n${t('send.example')}`
  const isWho = unclear.what === 'whoIs' || unclear.what === 'nobodyCalled'
  return isWho ? t('send.forAnyone', { line: lineForAnyone(order) }) : t('send.example')
}

/** The same, for whoever taps first: without the name that the note seemed to begin with. */
function lineForAnyone({ amount = '', asset, note = '', perhaps }: Order): string {
  const at = perhaps ? note.indexOf(perhaps.word) : -1
  const rest = perhaps && at >= 0 ? note.slice(at + perhaps.word.length) : undefined
  const words = rest?.replace(/^(['’]s)?\p{P}*\s+/u, '') || note
  return ['/send', asTyped(amount), asset, 'anyone', short(words, MOST_NOTE)].filter(Boolean).join(' ')
}

function understoodIn({ amount = '', asset, to: [first], note }: Order, language: string): string {
  const t = texts(language)
  const shown = cleanText(note ?? '')
  const parts = [
    t('send.amount', { amount: asTyped([amount, asset].filter(Boolean).join(' ')) }),
    first ? t('send.to', { to: nameOf(first, t, first.messenger) }) : t('send.anyone'),
    ...(shown ? [t('send.note', { note: short(shown, MOST_NOTE) })] : []),
  ]
  return t('send.understood', { parts: parts.join(language === 'zh-Hans' ? '，' : ', ') })
}
