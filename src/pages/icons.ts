import { html } from 'hono/html'
import type { ClaimStatus } from './claim-status.ts'
import type { Html } from './language.ts'

const drawn = (path: string): Html =>
  html`<svg viewBox="0 0 24 24" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`

const check = drawn('M5 12.5l4.5 4.5L19 7.5')
const back = drawn('M9 7L4 12l5 5M4 12h11a5 5 0 0 1 0 10h-2')

const clock = drawn('M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18')
const somebody = drawn('M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8M4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5')

/** The icon on the seal of the envelope, by status. */
export const icons: Record<ClaimStatus, Html> = {
  open: drawn('M12 4v11M7 10.5l5 5 5-5M5 20h14'),
  already_yours: check,
  already_collected: check,
  refunded: back,
  cancelled: back,
  declined: back,
  expired: clock,
  drawing: clock,
  entered_already: check,
  not_for_you: somebody,
  members_only: somebody,
  not_here_before: somebody,
  listed_only: somebody,
  handle_not_told: somebody,
  wrong_asset: somebody,
  awaiting_sender: clock,
  sender_said_no: somebody,
  awaiting_approval: clock,
  awaiting_goal: clock,
  on_hold: somebody,
  own_transfer: drawn('M12 16V4M7 8.5l5-5 5 5M5 13v7h14v-7'),
}
