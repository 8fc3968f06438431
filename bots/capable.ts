import { collectLine, type DrawnCard } from './card.ts'
import { NO_HANDLES } from './commands/order.ts'
import { type Invocation, type Messenger, Undeliverable } from './messenger.ts'

/** A messenger of which nothing is asked that it can't do. */
export function capable(messenger: Messenger): Messenger {
  const { redraw } = messenger.capabilities
  return {
    ...messenger,
    post: (card, target) => messenger.post(fitting(card, messenger), target),
    async redraw(place, card) {
      if (redraw === 'on tap' || redraw === 'never') throw new Undeliverable('cards are not drawn anew here')
      await messenger.redraw(place, fitting(card, messenger))
    },
  }
}

/** A card as the messenger can show it. */
export const fitting = (card: DrawnCard, { capabilities }: Messenger): DrawnCard =>
  capabilities.buttons
    ? card
    : { ...card, buttons: [], ...(card.code !== null && { hint: collectLine(card) }) }

/** What somebody said, as it is understood there. */
export const asUnderstood = (asked: Invocation, { capabilities }: Messenger): Invocation =>
  capabilities.handles ? asked : { ...asked, handles: NO_HANDLES }
