import { opensElsewhere } from '../src/shared/link.ts'
import { commandInPlaceOf } from './actions.ts'
import { collectLine, type DrawnCard } from './card.ts'
import type { ApiClient } from './client.ts'
import { NO_HANDLES } from './commands/parse-send.ts'
import type { Capabilities } from './description.ts'
import { type Button, type Invocation, type Message, type Messenger, Undeliverable } from './messenger.ts'

/** Wraps a messenger so that it is called only for what its capabilities allow, with cards and messages that it can show. */
export function withinCapabilities(messenger: Messenger, api: ApiClient): Messenger {
  const { redraw } = messenger.capabilities
  return {
    ...messenger,
    post: (card, target) => messenger.post(fitCard(card, messenger), target),
    async redraw(place, card) {
      if (redraw === 'on tap' || redraw === 'never') throw new Undeliverable('cards are not redrawn here')
      await messenger.redraw(place, fitCard(card, messenger))
    },
    sendPrivately: async (person, message) =>
      messenger.sendPrivately(person, await fitMessage(message, messenger, api)),
  }
}

/** A card as the messenger can show it: without buttons, if need be, and with the command to type instead. */
export const fitCard = (card: DrawnCard, { capabilities }: Messenger): DrawnCard =>
  capabilities.buttons
    ? card
    : { ...card, buttons: [], ...(card.code !== null && { hint: collectLine(card) }) }

/**
 * A message as the messenger can show it: without buttons, if need be, and with what to type, or to open, instead. A button
 * that no command stands for, such as the next page of a history, is left out.
 */
export async function fitMessage(
  message: Message,
  { capabilities }: Messenger,
  api: ApiClient,
): Promise<Message> {
  if (!message.buttons) return message
  const fits = (button: Button) => canShow(button, capabilities)
  const others = message.buttons.flat().filter((button) => !fits(button))
  const lines = await Promise.all(others.map((button) => lineInPlaceOf(button, api)))
  const buttons = message.buttons.map((row) => row.filter(fits)).filter((row) => row.length > 0)
  return {
    text: [message.text, ...lines.filter((line) => line !== undefined)].join('\n'),
    ...(buttons.length > 0 && { buttons }),
  }
}

/** Messengers refuse messages with a link to a bare host name such as localhost. */
const canShow = (button: Button, { buttons, localLinks }: Capabilities): boolean =>
  buttons && (localLinks || !('url' in button) || opensElsewhere(button.url))

async function lineInPlaceOf(button: Button, api: ApiClient): Promise<string | undefined> {
  const instead = 'url' in button ? button.url : await commandInPlaceOf(button.action, api)
  return instead && `${button.label}\n${instead}`
}

/** An invocation as it is understood in the messenger: where people have no handles, `@ben` names nobody. */
export const fitInvocation = (invocation: Invocation, { capabilities }: Messenger): Invocation =>
  capabilities.handles ? invocation : { ...invocation, handles: NO_HANDLES }
