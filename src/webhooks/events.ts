import type { AskView } from '../asks/view.ts'
import type { ClaimView, TransferView } from '../transfers/view.ts'

/** What a webhook can be told of. */
export const EVENT_TYPES = [
  'transfer.created',
  'transfer.approved',
  'transfer.extended',
  'transfer.claimed',
  'transfer.cancelled',
  'transfer.declined',
  'transfer.returned',
  'ask.paid',
  'ask.completed',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/**
 * What a webhook is sent, as JSON. `timestamp`: when it happened (RFC 3339); `data`: how things stand when it is sent, without code and link.
 * Amounts are decimal strings.
 */
export type WebhookEvent = { timestamp: string } & (
  | { type: 'transfer.claimed'; data: { transfer: TransferView; claim: ClaimView | null } }
  | { type: Exclude<EventType & `transfer.${string}`, 'transfer.claimed'>; data: { transfer: TransferView } }
  | { type: EventType & `ask.${string}`; data: { ask: AskView } }
)
