import { opensElsewhere } from '../src/shared/link.ts'
import { labelOf, type Named } from '../src/shared/names.ts'
import { isForSeveral } from '../src/shared/shares.ts'
import { short } from '../src/shared/text.ts'
import type { TransferView } from './client.ts'
import type { Button } from './messenger.ts'
import { type Texts, texts } from './texts/index.ts'

/** What a card shows of a transfer, in one language. Each messenger lays it out. */
export interface DrawnCard {
  /** Set where it shows an ask. */
  of?: 'ask'
  /** The id of the transfer, payout or ask that it shows. */
  transfer: string
  state: TransferView['state']
  language: string
  /** `20.00 CREDIT` */
  amount: string
  /** `Ada (@ada) → @ben` */
  title: string
  note: string | null
  /** A sentence: whom it is for, or how it has ended. */
  status: string
  /** The recipient, while it is open. */
  to?: TransferView['to']
  /** Whether the card notifies the recipient by a mention. `false`: not even where the messenger does so by itself. */
  mention?: boolean
  /** Whether its sender confirms who gets it, which the status says. */
  confirms?: boolean
  /** A sentence that only this card has, not the others of the transfer. */
  hint?: string
  /** A sentence: who could not be notified in private. */
  unreached?: string
  /** Set while it is open. */
  expiresAt: Date | null
  /** Whether lots are drawn then. */
  isSettled?: boolean
  /** Set while it can be collected by them. */
  link: string | null
  code: string | null
  /** Whether it shows the picture to pass on in place of the plain QR code. */
  picture?: boolean | undefined
  /** The alternative text of the QR code. */
  alternative: string
  buttons: Button[]
  /** What to type, or to open, in place of the buttons where there are none. */
  choices?: string[]
}

/**
 * The card of a transfer in its present state.
 * @param here the messenger in which it is shown
 */
export function drawCard(transfer: TransferView, language: string, here: string): DrawnCard {
  const t = texts(language)
  const open = transfer.state === 'open'
  const confirms = open && transfer.confirms
  // While it waits for approvals nobody can collect it, so the card has neither link nor code; nor where words alone open it.
  const collectable = open && !transfer.approvals && !transfer.phrase
  const amount = amountOf(transfer)
  return {
    transfer: transfer.id,
    state: transfer.state,
    language,
    amount,
    title: titleOf(transfer, t, here),
    note: transfer.note,
    status: [statusOf(transfer, t, here), confirms && t('card.confirms')].filter(Boolean).join('\n'),
    confirms,
    to: collectable ? transfer.to : null,
    expiresAt: open ? new Date(transfer.expiresAt) : null,
    isSettled: transfer.settlement !== null,
    link: collectable ? transfer.link : null,
    code: collectable ? transfer.code : null,
    alternative: t('card.alternative', { amount, link: transfer.link }),
    buttons: open ? buttonsOf(transfer, t) : checkOf(transfer, t),
  }
}

function buttonsOf(transfer: TransferView, t: Texts): Button[] {
  const { id, link, to, payout, approvals, phrase, settlement } = transfer
  const cancel: Button = { label: t('card.cancel'), action: { do: 'cancel', transfer: id } }
  if (phrase) return [{ label: t('card.openLink'), url: link }, cancel]
  if (approvals && payout) return [approveButton(payout, t), cancel]
  return [
    { label: t(settlement ? 'card.enter' : 'card.collect'), action: { do: 'collect', transfer: id } },
    { label: t('card.openLink'), url: link },
    cancel,
    ...(to ? [{ label: t('card.decline'), action: { do: 'decline', transfer: id } } as const] : []),
  ]
}

/** Once drawn shares are over, everybody can draw them again. */
const checkOf = ({ seed, claimed, link }: TransferView, t: Texts): Button[] =>
  seed && claimed > 0 ? [{ label: t('card.check'), url: link }] : []

/** The button by which an admin approves a payout. */
export const approveButton = (payout: string, t: Texts): Button => ({
  label: t('card.approve'),
  action: { do: 'approve', payout },
})

/** What a transfer or a payout tells of its approvals. */
type Approved = Pick<TransferView, 'madeBy'> & { approvals: NonNullable<TransferView['approvals']> }

/** The sentence about the approvals that something waits for: who has asked for it, and who has approved it. */
export function approvalsIn({ approvals, madeBy }: Approved, t: Texts, here: string): string {
  const { needed, by } = approvals
  const names = by.map((admin) => nameOf(admin, t, here)).join(', ')
  const who = madeBy ? nameOf(madeBy, t, here) : t('card.somebody')
  return t(names ? 'card.awaitsNamed' : 'card.awaits', { who, got: by.length, needed, names })
}

/** The sentence about a transfer's state. */
function statusOf(transfer: TransferView, t: Texts, here: string): string {
  const named = (key: 'card.forPerson' | 'card.collected' | 'card.refunded', who: Named | null) => {
    const name = who && labelOf(who, here)
    return name ? t(key, { name }) : t(`${key}Unnamed`)
  }
  if (isForSeveral(transfer)) return packetStatus(transfer, t, here)
  switch (transfer.state) {
    case 'open':
      if (transfer.approvals) return approvalsIn({ ...transfer, approvals: transfer.approvals }, t, here)
      if (transfer.phrase) return wordsLine(transfer.phrase, t)
      if (!transfer.to) return transfer.confirms ? '' : t('card.forAnyone')
      // Handles can be given to others, so the card says that it is for whoever has the handle then.
      if (transfer.to.id === null && transfer.to.messenger === here)
        return t('card.forHandle', { handle: transfer.to.handle })
      return named('card.forPerson', transfer.to)
    case 'collected':
      if (transfer.treasury?.end === 'to') return t('card.inTreasury')
      return named(isRefunded(transfer) ? 'card.refunded' : 'card.collected', transfer.collectedBy)
    case 'cancelled':
      return t('card.cancelled')
    case 'declined':
      return t('card.declined')
    case 'returned':
      return t('card.returned')
  }
}

/** How words open it. */
const wordsLine = (phrase: NonNullable<TransferView['phrase']>, t: Texts) =>
  t(phrase === 'here' ? 'card.byWordsHere' : 'card.byWords')

/** Whether all that a transfer has paid was given back. */
export const isRefunded = ({ state, claims }: Pick<TransferView, 'state' | 'claims'>): boolean =>
  state === 'collected' && claims.length > 0 && claims.every(({ refunded }) => refunded)

/** The lines about a red packet: how it is shared out, who has how much of it, and how it has ended. */
function packetStatus(transfer: TransferView, t: Texts, here: string): string {
  const { state, claimed, draw, seedHash, luckiest, phrase, settlement } = transfer
  const shares = settlement?.by === 'split' && state !== 'open' ? claimed : transfer.shares
  const isLucky = draw === 'lucky'
  const first = phrase
    ? [t(isLucky ? 'card.byLot' : 'card.inParts'), wordsLine(phrase, t)]
    : [
        t(settlement ? `card.${settlement.by}` : isLucky ? 'card.forManyByLot' : 'card.forMany', {
          count: shares,
        }),
      ]
  const amountIn = (amount: string) => amountOf({ ...transfer, amount })
  const entered = settlement && t('card.entered', { count: settlement.entered })
  const taken = t('card.taken', { claimed, shares })
  const lines = {
    open: () => [
      ...first,
      ...(transfer.takers
        ? [t(`card.takers.${transfer.takers.of}`, { list: transfer.takers.list ?? '' })]
        : []),
      entered ?? taken,
    ],
    collected: () => [
      entered ? t('card.drawn', { shares, entered: settlement.entered }) : t('card.allTaken', { shares }),
    ],
    cancelled: () => [t('card.cancelledRest', { amount: amountIn(transfer.returned) }), taken],
    declined: () => [t('card.declined')],
    returned: () => [t('card.returnedRest', { amount: amountIn(transfer.returned) }), taken],
  }[state]()
  return [
    ...lines,
    ...(claimed > 0 ? [takersOf(transfer, t, here)] : []),
    ...(luckiest && claimed > 1
      ? [t('card.luckiest', { name: takerName(luckiest, t, here), amount: amountIn(luckiest.amount) })]
      : []),
    ...(seedHash && state === 'open'
      ? [t(settlement ? 'card.lotHash' : 'card.seedHash', { hash: seedHash })]
      : []),
  ].join('\n')
}

type ClaimView = TransferView['claims'][number]

/** The most takers that a card names, and characters of a name: a caption of Telegram has 1024. */
const MAX_TAKERS = 6
const MAX_TAKER_NAME = 16

const takerName = ({ by }: ClaimView, t: Texts, here: string) =>
  (by && labelOf(by, here, MAX_TAKER_NAME)) ?? t('card.somebody')

function takersOf({ claims, claimed }: TransferView, t: Texts, here: string): string {
  const shown = claims.slice(0, MAX_TAKERS)
  const names = shown.map((claim) => `${takerName(claim, t, here)} ${claim.amount}`)
  const more = claimed - shown.length
  return [...names, ...(more > 0 ? [t('card.more', { count: more })] : [])].join(' · ')
}

/** `red packet (3 of 10)`, where a transfer is for several. */
export const packetIn = (
  { shares, claimed, settlement }: Pick<TransferView, 'shares' | 'claimed' | 'settlement'>,
  t: Texts,
): string | undefined =>
  isForSeveral({ shares, settlement }) ? t('card.packet', { shares, claimed }) : undefined

/** The status of an open card for a person, split at their name, so that a messenger can put a mention there. */
export function aroundName({ of, language, confirms }: DrawnCard): [before: string, after: string] {
  const key = of === 'ask' ? 'ask.forPerson' : 'card.forPerson'
  const t = texts(language)
  const [before = '', after = ''] = t(key, { name: '\0' }).split('\0')
  return [before, confirms ? `${after}\n${t('card.confirms')}` : after]
}

/** `20.00 CREDIT` */
export const amountOf = (transfer: { amount: string; asset: string }): string =>
  `${transfer.amount} ${transfer.asset}`

/** Sender and recipient: `Ada (@ada) → Ben (@ben)`, `Treasury of Lunch club → Ben (@ben)`. */
export const titleOf = (
  transfer: Pick<TransferView, 'from' | 'to'> &
    Partial<Pick<TransferView, 'treasury' | 'shares' | 'phrase' | 'confirms' | 'settlement'>>,
  t: Texts,
  here: string,
): string => {
  const { from, to, shares = 1, phrase, confirms, settlement = null } = transfer
  return titled(
    treasuryIn(transfer, 'from', t) ?? nameOf(from, t, here),
    isForSeveral({ shares, settlement })
      ? t(settlement?.by === 'split' ? 'card.packetForAll' : 'card.packetFor', { count: shares })
      : phrase
        ? t('card.whoKnows')
        : (treasuryIn(transfer, 'to', t) ??
          nameOf(to, t, here, confirms ? 'card.whoIsMeant' : 'card.anyone')),
  )
}

/** The title of a card, from the two that it is between. */
export const titled = (from: string, to: string): string => `${from} → ${to}`

/** What a card calls its end: then nobody can pay an ask any more, lots are drawn, or the money goes back. */
export const endOf = ({ of, isSettled }: DrawnCard): 'card.goesBack' | 'card.lotsAt' | 'inline.ends' =>
  of === 'ask' ? 'inline.ends' : isSettled ? 'card.lotsAt' : 'card.goesBack'

/**
 * What to call the treasury at one end of a transfer; undefined where there is none.
 * @param context `sentence` for `from the treasury of Lunch club`
 */
export const treasuryIn = (
  { treasury }: Partial<Pick<TransferView, 'treasury'>>,
  end: 'from' | 'to',
  t: Texts,
  context?: 'sentence',
): string | undefined => (treasury?.end === end ? treasuryOf(treasury.group, t, context) : undefined)

/** `Treasury of Lunch club` */
export const treasuryOf = (group: { title: string | null } | null, t: Texts, context?: 'sentence'): string =>
  group?.title
    ? t('card.treasury', { group: short(group.title, MAX_TITLE), context })
    : t('card.treasuryUnnamed', { context })

/** The most characters of a group's title. */
const MAX_TITLE = 40

/**
 * What to call a person where others read it. Without a handle or a name it is `somebody`.
 * @param here the messenger in which it is read
 * @param nobody the text for `null`
 */
export const nameOf = (
  who: Named | null,
  t: Texts,
  here: string,
  nobody: 'card.issuer' | 'card.anyone' | 'card.whoIsMeant' | 'ask.anyone' = 'card.issuer',
): string => (who ? (labelOf(who, here) ?? t('card.somebody')) : t(nobody))

/**
 * What to call a person in a history, and to those who have dealt with them. Without a handle or a name it is their id.
 * @param most characters of the name
 */
export const nameInBooks = (
  who: Named | null,
  t: Texts,
  here: string,
  nobody: 'card.issuer' | 'card.anyone' = 'card.issuer',
  most?: number,
): string => (who ? (labelOf(who, here, most) ?? `#${who.id}`) : t(nobody))

/** The file of its picture, which lies under its link. */
export const pictureFile = ({ picture }: DrawnCard): 'card.png' | 'qr.png' =>
  picture ? 'card.png' : 'qr.png'

/** Whether the link of an open card can be opened on other machines. If not, the card shows the command instead. */
export const leadsSomewhere = ({ link }: DrawnCard): boolean => link !== null && opensElsewhere(link)

/** The command that does the same as opening the link. */
export const collectLine = ({ code }: DrawnCard): string => `/collect ${code}`

/** A card's link, for those who can't tap a button; where it is of use on this machine alone, also the command that stands for it. */
export const linkLines = (card: DrawnCard): string[] =>
  card.link === null ? [] : leadsSomewhere(card) ? [card.link] : [card.link, collectLine(card)]
