import type { ShownCard } from '../books/life.ts'
import type { Owed } from '../delivery/owed.ts'
import { addressOf } from '../operations/network.ts'
import { type Found, findMoney } from '../operators/find.ts'
import { keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { ownSecretKey, type Reading, readBooks } from './books.ts'
import { type Command, FROM_INPUT } from './command.ts'
import { readInput } from './input.ts'
import { chatName, chatsOfParties, partyName, partyShown, whoIs } from './person.ts'
import { tableOf, timeOf } from './table.ts'

/** `passalong find` */
export const find: Command = {
  words: ['WHAT'],
  about:
    'what has become of a transfer, an ask or a payout: who, when, how much, where it is shown, what is still owed',
  details: [
    'WHAT is its id; or of a transfer its code, its link, or, in quotes, the words that open it. A code is money: with - in its',
    'place it comes by the standard input, and neither the history of the shell nor a list of processes shows it. No code is told.',
  ],
  flags: {},
  json: `{"kind":"transfer","transfer":{"id":"019ab193-…","state":"open",…},"byDeadCode":false,
"entries":[{"at":"2026-11-26T12:00:00.000Z","kind":"fund","amount":"-20.00","account":"a88cffdb-…",
"who":{"kind":"person","messenger":"telegram","id":"123456789","handle":"ada","name":"Ada"},"leaves":"open"}],
"changes":[{"what":"extended","at":"…"}],"refunds":[{"id":"…","at":"…","amount":"20.00"}],
"cards":[{"messenger":"telegram","chat":"-1001234567890","title":"The club","shows":"open","since":"…"}],
"deliveries":[{"messenger":"discord","what":"notice collected","to":"discord:80351110224678912","since":"…","tries":3,"nextAt":"…","reason":"…"}],
"undispatched":false}; "who" may be {"kind":"issuer"} or {"kind":"group","chat":{…}}; "transfer" as GET /v1/transfers/ID answers it, without code and link; or {"kind":"ask","ask":{…},"deliveries":[]},
{"kind":"payout","payout":{…},"deliveries":[]}`,
  async run({ words: [what = ''], print }) {
    const typed = what === FROM_INPUT ? await readInput() : what
    await readBooks(async (reading) => {
      const { publicUrl, host, port } = reading.config
      const needs = {
        ...reading,
        publicUrl: () => publicUrl ?? addressOf(host, port),
        secretKey: () => ownSecretKey(reading),
      }
      const found = await findMoney(needs, typed)
      if (!found) throw new Refusal('transfer_not_found')
      const { text, data } = await told(reading, found)
      print(
        [text, section('Still to be delivered', found.deliveries.map(owedRow))].filter(Boolean).join('\n'),
        {
          kind: found.kind,
          ...data,
          deliveries: found.deliveries.map(owedShown),
        },
      )
    })
  },
}

async function told(reading: Reading, found: Found): Promise<{ text: string; data: object }> {
  if (found.kind === 'transfer') return toldTransfer(reading, found)
  if (found.kind === 'payout') {
    const { id, total, asset, createdAt, madeAt, note, madeBy, group, people, counts, approvals } =
      found.payout
    const states = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? `${count} ${state}` : []))
    const facts = factsOf([
      ['Payout', id],
      ['Amount', `${total} ${asset} to ${people} people: ${states.join(', ')}`],
      ['From', group && `the treasury of ${chatName(group)}`],
      ['Asked for', madeBy && `${createdAt} by ${whoIs(madeBy)}`],
      ['Approvals', approvals && `${approvals.by.length} of ${approvals.needed}`],
      ['Paid', madeAt ?? 'not all of it yet'],
      ['Note', note],
    ])
    return { text: facts, data: { payout: found.payout } }
  }
  const { ask } = found
  const facts = factsOf([
    ['Ask', `${ask.id}: ${ask.state}`],
    ['Amount', `${ask.paid} of ${ask.total} ${ask.asset} paid`],
    ['By', ask.by && whoIs(ask.by)],
    ['In', ask.group && chatName(ask.group)],
    ['Made', `${ask.createdAt}, until ${ask.endedAt ?? ask.expiresAt}`],
    ['Note', ask.note],
    ['Reference', ask.reference],
  ])
  const parts = ask.parts.map(({ from, amount, paidBy, paidAt, refunded, transfer }) => [
    from ? whoIs(from) : 'whoever pays first',
    amount,
    paidAt
      ? `paid ${paidAt}${paidBy ? ` by ${whoIs(paidBy)}` : ''}${refunded ? ', given back' : ''}`
      : 'not paid',
    transfer,
  ])
  return { text: [facts, section('Parts', parts)].join('\n'), data: { ask } }
}

async function toldTransfer(
  { assets, groups }: Reading,
  { transfer, life, isByDeadCode, isUndispatched }: Found & { kind: 'transfer' },
): Promise<{ text: string; data: object }> {
  const { asset } = transfer
  const chats = await chatsOfParties(groups, [life.from, life.to, ...life.entries.map(({ party }) => party)])
  const entries = life.entries.map(({ at, kind, amount, account, party, leaves }) => ({
    at: at.toISOString(),
    kind,
    amount: assets.formatted(amount, asset),
    account,
    who: partyShown(party, chats),
    leaves,
  }))
  const refunds = life.refunds.map(({ id, at, amount }) => ({
    id,
    at: at.toISOString(),
    amount: assets.formatted(amount, asset),
  }))
  const changes = life.changes.map(({ what, at }) => ({ what, at: at.toISOString() }))
  const { opens, waits } = termsOf(transfer, life.transfer.awaits)
  const facts = factsOf([
    ['Transfer', `${transfer.id}: ${transfer.state}`],
    [
      'Amount',
      `${transfer.amount} ${asset}: ${transfer.collected} collected, ${transfer.returned} gone back`,
    ],
    ['From', partyName(life.from, chats)],
    ['Made by', transfer.madeBy && whoIs(transfer.madeBy)],
    ['To', partyName(life.to, chats)],
    ['Opened by', opens],
    ['Waits for', waits],
    ['In', transfer.group && chatName(transfer.group)],
    ['Made', transfer.createdAt],
    [transfer.closedAt ? 'Over' : 'Until', transfer.closedAt ?? transfer.expiresAt],
    ['Note', transfer.note],
    ['Ask', transfer.ask],
    ['Payout', transfer.payout],
    ['Refund of', transfer.refundOf],
    ['Code', isByDeadCode ? 'the one that was given is dead: it has got another one since' : null],
    ['Events', isUndispatched ? 'not handed on to the messengers yet' : null],
  ])
  const text = [
    facts,
    section(
      'Money',
      life.entries.map(({ at, kind, amount, party, leaves }) => [
        at.toISOString(),
        kind,
        `${assets.formatted(amount, asset)} ${asset}`,
        partyName(party, chats),
        `then ${leaves}`,
      ]),
    ),
    section(
      'Changes',
      changes.map(({ what, at }) => [at, what]),
    ),
    section(
      'Refunds',
      refunds.map(({ at, amount, id }) => [at, `${amount} ${asset}`, id]),
    ),
    section('Cards', life.cards.map(cardRow)),
  ]
  return {
    text: text.filter(Boolean).join('\n'),
    data: {
      transfer,
      byDeadCode: isByDeadCode,
      entries,
      changes,
      refunds,
      cards: life.cards.map(cardShown),
      undispatched: isUndispatched,
    },
  }
}

/** By what it is collected, and what has to come first. @param awaits how many approvals it lacks, or 1 where it waits for a goal */
function termsOf(
  { state, phrase, confirms, takers, ask }: Extract<Found, { kind: 'transfer' }>['transfer'],
  awaits: number,
): { opens: string; waits: string | null } {
  const opens = phrase ? `words, ${phrase === 'here' ? 'in its group alone' : 'anywhere'}` : 'its code'
  const among =
    takers && (takers.of === 'list' ? `those on the list ${takers.list}` : `its group's ${takers.of}`)
  const isWaiting = state === 'open'
  const waits = [
    isWaiting && awaits > 0 && (ask ? 'the goal of its pool' : `${awaits} approvals`),
    isWaiting && confirms && "its sender's yes to who collects it",
  ]
  return {
    opens: among ? `${opens}, for ${among}` : opens,
    waits: waits.filter(Boolean).join(', ') || null,
  }
}

const cardShown = ({ messenger, chat, drawn, since }: ShownCard) => ({
  messenger,
  chat: chat?.id ?? null,
  title: chat?.title ?? null,
  shows: drawn,
  since: since.toISOString(),
})

const cardRow = ({ messenger, chat, drawn, since }: ShownCard): string[] => [
  timeOf(since),
  chat ? chatName({ messenger, ...chat }) : messenger,
  `shows ${drawn}`,
]

const owedShown = ({ messenger, job, chat, since, tries, nextAt, reason }: Owed) => ({
  messenger,
  what: 'notice' in job ? `notice ${job.notice}` : job.kind,
  to: 'to' in job ? keyOf(job.to) : chat && keyOf({ messenger, id: chat }),
  since: since.toISOString(),
  tries,
  nextAt: nextAt?.toISOString() ?? null,
  reason,
})

function owedRow(owed: Owed): string[] {
  const { messenger, what, to, tries, nextAt, reason } = owedShown(owed)
  const tried = tries === 0 ? 'not tried yet' : tries === 1 ? 'tried once' : `tried ${tries} times`
  return [
    messenger,
    what,
    to ?? '',
    tried,
    nextAt ? `next ${timeOf(new Date(nextAt))}` : 'under way',
    reason ?? '',
  ]
}

const factsOf = (facts: [name: string, value: string | null | undefined][]): string =>
  tableOf(facts.flatMap(([name, value]) => (value ? [[name, value]] : [])))

const section = (title: string, rows: string[][]): string =>
  rows.length === 0 ? '' : `\n${title}\n${tableOf(rows.map((row) => ['', ...row]))}`
