import { directionOf } from '../../shared/language.ts'
import type { TransferView, ViewWithCode } from '../../transfers/view.ts'
import type { ClaimStatus } from '../claim-status.ts'
import type { Words } from '../language.ts'
import { nameOf, senderOf } from '../names.ts'

/** In pixels: upright, as on a phone; large enough to be scanned after a messenger has halved it. */
export const PICTURE_SIZE = { width: 1080, height: 1480 }

/** What the picture of a transfer shows, in one language. */
export interface Picture {
  direction: 'ltr' | 'rtl'
  brand: string
  amount: string
  asset: string
  from: string
  /** `null`: for whoever has it. */
  to: string | null
  note: string | null
  /** What its QR code opens; `null`: nobody can collect it now, so there is none. */
  link: string | null
  /** Below the QR code what to do with it; in place of it, what has become of the transfer. */
  says: string
  /** Until when it can be collected. */
  until: string | null
}

/** The picture of a transfer as everybody may see it. @param claimStatus of a viewer who isn't known */
export function pictureOf(words: Words, view: ViewWithCode, claimStatus: ClaimStatus): Picture {
  const { text, moment } = words
  const isOpen = claimStatus === 'open'
  const scan = view.phrase ? 'picture.scanPhrase' : view.settlement ? 'picture.scanEnter' : 'picture.scan'
  return {
    direction: directionOf(words.language),
    brand: text('brand'),
    amount: view.amount,
    asset: view.asset,
    from: text('from', { who: senderOf(words, view) }),
    to: recipient(words, view),
    note: view.note,
    link: isOpen ? view.link : null,
    says: text(isOpen ? scan : `${claimStatus}.status`),
    until: isOpen ? text('picture.until', { moment: moment(new Date(view.expiresAt)) }) : null,
  }
}

const recipient = (words: Words, { to }: TransferView) =>
  to && words.text('picture.for', { who: nameOf(words, to) })
