import type { InferRequestType } from 'hono/client'
import { asTyped, cleanText, short } from '../../src/shared/text.ts'
import { amountOf, type DrawnCard, drawCard, nameOf } from '../card.ts'
import { type ApiClient, body, Refused, type TransferView } from '../client.ts'
import { cleanLabel, groupOf, type Invocation, isBetweenUs, type Message } from '../messenger.ts'
import { supported, type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { insteadOf, type ParsedSend, parseFields, parseWords, takePicture } from './parse-send.ts'

/** The most characters of a note that an answer repeats. */
const MAX_NOTE = 60

type Sending = 'send' | 'pay' | 'request' | 'pool'
type Create = InferRequestType<ApiClient['transfers']['$post']>['json']

export const send: Command = {
  name: 'send',
  options: [
    { name: 'amount', required: true },
    { name: 'asset' },
    { name: 'who' },
    { name: 'note' },
    { name: 'picture', choices: ['yes'] },
    { name: 'phrase', choices: ['anywhere', 'here'] },
  ],
  async run(invocation, { api }) {
    const { chat, language, person, key } = invocation
    const { transfer, picture } = await requestSend(
      invocation,
      api,
      async (create, { treasury, picture }) => ({
        transfer: treasury
          ? await contribute(invocation, api, create)
          : await body(api.transfers.$post({ json: { ...create, card: cardOf(invocation, picture), key } })),
        picture,
      }),
    )
    const card = { ...drawCard(transfer, language, person.messenger), picture }
    const shown = isBetweenUs(chat) ? toPassOn(card) : card
    return { card: shown, isNew: true, whisper: wordsToTell(transfer, texts(language)) }
  },
}

/** The words that were made for a transfer, as its sender is told them: by themselves a press away, to be forwarded. */
export const wordsToTell = (
  { id, words, ...transfer }: Pick<TransferView, 'id' | 'amount' | 'asset'> & { words?: string | undefined },
  t: Texts,
): Message | undefined =>
  words === undefined
    ? undefined
    : {
        text: `${t('send.words', { amount: amountOf(transfer) })}\n${words}`,
        buttons: [[{ label: t('send.wordsAlone'), action: { do: 'words', transfer: id } }]],
      }

/** For the sender's eyes: its link opens the page by which it is passed on. */
const toPassOn = (card: DrawnCard): DrawnCard => ({
  ...card,
  buttons: card.buttons.map((button) =>
    'url' in button ? { label: texts(card.language)('card.passOn'), url: `${button.url}/share` } : button,
  ),
})

/** Money for the treasury of the group, which has it at once. */
function contribute(
  { chat, key }: Invocation,
  api: ApiClient,
  { group, ...create }: Create,
): Promise<TransferView> {
  const { amount, asset, from, note } = create
  const param = { messenger: from.messenger, id: chat.id }
  const json = { amount, asset, from, note, title: group?.title, key }
  return body(api.groups[':messenger'][':id'].contributions.$post({ param, json }))
}

/** Where the card is to be posted: the core queues a delivery for it, in case that this process ends before it does so. */
export const cardOf = ({ person, target, language }: Invocation, picture?: boolean) =>
  target && { messenger: person.messenger, ...target, language, picture }

/**
 * Parses a `/send`, a `/pay` or a `/request`, and has the core create what it asks for.
 * @param create the request: for a transfer, for an offer of one, for a payment out of a treasury, or for an ask
 * @param hasPicture whether it may ask for the picture to pass on: where its card is posted it may
 * @throws Misunderstood where it isn't understood, or the core refuses it
 */
export async function requestSend<T>(
  invocation: Invocation,
  api: ApiClient,
  create: (wanted: Create, parsed: ParsedSend) => Promise<T>,
  command: Sending = 'send',
  hasPicture = (command === 'send' || command === 'pay') && invocation.target !== undefined,
): Promise<T> {
  const { person, language } = invocation
  const parsed = invocation.fields
    ? parseFields(invocation)
    : await askWhoIsMeant(
        understand(invocation, await assetCodes(invocation, api), command, hasPicture),
        invocation,
        api,
      )
  if (command === 'pool' && (parsed.to.length > 0 || parsed.treasury)) parsed.unclear ??= { what: 'poolWhom' }
  parsed.unclear ??= phraseProblem(parsed, invocation)
  if (command === 'request' && parsed.treasury) parsed.unclear ??= { what: 'askTreasury' }
  else if (parsed.treasury && invocation.chat.kind === 'private') throw refusal('whichTreasury')
  if (command === 'pay' && parsed.to.length === 0) parsed.unclear ??= { what: 'payWhom' }
  try {
    checkWords(parsed)
    const wanted = {
      amount: parsed.amount ?? '',
      asset: parsed.asset,
      from: person,
      to: parsed.to[0],
      note: parsed.note,
      group: groupOf(invocation),
      phrase: parsed.phrase && { ...parsed.phrase, language: supported(language) },
    }
    return await create(wanted, parsed)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const isOwn = error.code === 'own_transfer' || error.code === 'ask_own'
    const refused = isOwn ? refusal('toYourself') : error
    throw new Misunderstood(refused, explain(parsed, invocation, command))
  }
}

function understand(
  invocation: Invocation,
  assets: string[],
  command: Sending,
  hasPicture: boolean,
): ParsedSend {
  const parsed = parseWords(invocation, assets, {
    isAsked: command === 'request',
    byWords: command === 'send',
  })
  return hasPicture ? takePicture(parsed) : parsed
}

/** Why words can't open it: whoever reads them in a group could have it. */
export function phraseProblem(
  { phrase, to, treasury }: Pick<ParsedSend, 'phrase' | 'to' | 'treasury'>,
  { chat, target }: Invocation,
): ParsedSend['unclear'] {
  if (!phrase) return undefined
  if (to.length > 0 || treasury) return { what: 'phraseForSomebody' }
  if (phrase.words === '') return { what: 'phraseEmpty' }
  // By inline mode anything is typed before the eyes of others, and nobody could be told words there.
  if (!target || (phrase.here && chat.kind === 'private')) return { what: 'phraseNotHere' }
  return phrase.words !== undefined && !isBetweenUs(chat) ? { what: 'phraseInGroup' } : undefined
}

/** The refusal of a `/send`, with a text that tells what was understood and an example that works. */
export class Misunderstood extends Error {
  refused: Refused
  explanation: string

  constructor(refused: Refused, explanation: string) {
    super(refused.message)
    this.refused = refused
    this.explanation = explanation
  }
}

/** The codes of the assets that people here deal in. */
export async function assetCodes({ person }: Invocation, api: ApiClient): Promise<string[]> {
  const { items } = await body(api.assets.$get({ query: { messenger: person.messenger } }))
  return items.map((asset) => asset.code)
}

/** Has the bot ask where the note begins with what may be a person: money for somebody must not go to whoever taps first. */
async function askWhoIsMeant(
  parsed: ParsedSend,
  invocation: Invocation,
  api: ApiClient,
): Promise<ParsedSend> {
  const { perhaps, unclear, to } = parsed
  const word = perhaps && cleanLabel(perhaps.word)
  if (!word || unclear) return parsed
  const [repliedTo] = to
  const called = await calledInGroup(word, invocation, api)
  const isRecipient = repliedTo && called.some(({ id }) => 'id' in repliedTo && id === repliedTo.id)
  const isSomebody = called.length > 0 && !isRecipient
  if (!isSomebody && (repliedTo || !perhaps.isLikely)) return parsed
  const what = isSomebody ? 'whoIs' : 'nobodyCalled'
  return { ...parsed, unclear: { what, details: { typed: word, ...insteadOf(invocation.handles) } } }
}

/** People of that name who have sent or collected in the group. Others don't count: anybody could call themselves `lunch`. */
async function calledInGroup(called: string, { person, chat }: Invocation, api: ApiClient) {
  if (chat.kind === 'private') return []
  const param = { messenger: person.messenger }
  const { items } = await body(api.people[':messenger'].$get({ param, query: { called, group: chat.id } }))
  return items
}

const refusal = (what: string, details: Refused['details'] = {}) =>
  new Refused({ code: `send.${what}`, detail: what, details })

/** Throws what is wrong without asking the core. */
export function checkWords({ unclear, note }: Pick<ParsedSend, 'unclear' | 'note'>) {
  if (unclear) throw refusal(unclear.what, unclear.details)
  checkNote(note)
}

/** @throws Refused where a note is too long */
export function checkNote(note: string | undefined) {
  const characters = [...(note ?? '')].length
  if (characters > 200) throw refusal('longNote', { count: characters })
}

/** What was understood, and a line that works. */
function explain(parsed: ParsedSend, { language, handles }: Invocation, command: Sending): string {
  const t = texts(language)
  const { unclear } = parsed
  const example = t(`${command}.example`, { context: handles?.instead })
  if (!unclear) return `${understoodIn(parsed, language, command)}\n${example}`
  const isWho = unclear.what === 'whoIs' || unclear.what === 'nobodyCalled'
  if (!isWho || command === 'pay' || command === 'pool') return example
  return t(`${command}.forAnyone`, { line: lineForAnyone(parsed, command) })
}

/** The line to send for whoever taps first: without the name that the note seems to begin with. */
function lineForAnyone(
  { amount = '', asset = '', note = '', perhaps }: ParsedSend,
  command: Sending,
): string {
  const at = perhaps ? note.indexOf(perhaps.word) : -1
  const rest = perhaps && at >= 0 ? note.slice(at + perhaps.word.length) : undefined
  const words = rest?.replace(/^(['’]s)?\p{P}*\s+/u, '') || note
  const parts = [`/${command}`, asTyped(amount), asTyped(asset), 'anyone', asTyped(words, MAX_NOTE)]
  return parts.filter(Boolean).join(' ')
}

function understoodIn(
  { amount = '', asset, to: [first], treasury, note, phrase, picture }: ParsedSend,
  language: string,
  command: Sending,
): string {
  const t = texts(language)
  const who = command === 'request' ? 'request' : 'send'
  const shown = cleanText(note ?? '')
  const parts = [
    t('send.amount', { amount: asTyped([amount, asset].filter(Boolean).join(' ')) }),
    ...(command === 'pool'
      ? []
      : [
          treasury
            ? t('send.to', { to: t('card.treasuryUnnamed', { context: 'sentence' }) })
            : first
              ? t(`${who}.to`, { to: nameOf(first, t, first.messenger) })
              : t(`${who}.anyone`),
        ]),
    ...(shown ? [t('send.note', { note: short(shown, MAX_NOTE) })] : []),
    ...(phrase ? [t('send.phrase')] : []),
    ...(picture ? [t('send.picture')] : []),
  ]
  return t('send.understood', { parts: parts.join(t('separator')) })
}
