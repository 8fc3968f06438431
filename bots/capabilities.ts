import { opensElsewhere } from '../src/shared/link.ts'
import type { DrawnCard } from './card.ts'
import { linesFor } from './choices.ts'
import type { ApiClient } from './client.ts'
import { noHandles } from './commands/parse-send.ts'
import type { Capabilities } from './description.ts'
import { type Button, type Invocation, type Message, type Messenger } from './messenger.ts'
import { texts } from './texts/index.ts'

/** Wraps a messenger so that it is called only for what its capabilities allow, with cards and messages that it can show. */
export function withinCapabilities(messenger: Messenger, api: ApiClient): Messenger {
  const { redraw } = messenger.capabilities
  return {
    ...messenger,
    post: async (card, target) => messenger.post(await fitCard(card, target.chat, messenger, api), target),
    async redraw(place, card) {
      // It stays as it is: that isn't to say that it is gone.
      if (redraw === 'on tap' || redraw === 'never') return
      await messenger.redraw(place, await fitCard(card, place.chat, messenger, api))
    },
    async sendPrivately(person, message) {
      const readIn = () => messenger.privateChat(person)
      await messenger.sendPrivately(person, await fitMessage(message, readIn, messenger, api))
    },
  }
}

/** A card as a chat of the messenger can show it: without buttons, if need be, and with what to type, or to open, instead. */
export async function fitCard(
  card: DrawnCard,
  chat: string,
  { name, capabilities }: Messenger,
  api: ApiClient,
): Promise<DrawnCard> {
  const told = tellingWhereToLook(card, capabilities)
  if (capabilities.buttons) return told
  // The card shows its own link as it is.
  const others = card.buttons.filter((button) => !('url' in button && button.url === card.link))
  return { ...told, buttons: [], choices: await linesFor(others, { messenger: name, chat }, api) }
}

/** A card that won't change by itself says where to see how it stands. */
function tellingWhereToLook(card: DrawnCard, { redraw }: Capabilities): DrawnCard {
  if (card.link === null || (redraw !== 'never' && redraw !== 'on tap')) return card
  const line = texts(card.language)(redraw === 'never' ? 'card.linkTells' : 'card.tapTells')
  if (card.hint?.includes(line)) return card
  return { ...card, hint: [card.hint, line].filter(Boolean).join('\n') }
}

/**
 * A message as a chat of the messenger can show it: without buttons, if need be, and with what to type, or to open, instead.
 * @param readIn the chat, which is asked for only where it matters
 */
export async function fitMessage(
  message: Message,
  readIn: () => Promise<string>,
  { name, capabilities }: Messenger,
  api: ApiClient,
): Promise<Message> {
  if (!message.buttons) return message
  const fits = (button: Button) => canShow(button, capabilities)
  const others = message.buttons.flat().filter((button) => !fits(button))
  if (others.length === 0) return message
  const chat = capabilities.buttons ? '' : await readIn()
  const lines = await linesFor(others, { messenger: name, chat }, api)
  const buttons = message.buttons.map((row) => row.filter(fits)).filter((row) => row.length > 0)
  return { text: [message.text, ...lines].join('\n'), ...(buttons.length > 0 && { buttons }) }
}

/** Messengers refuse messages with a link to a bare host name such as localhost. */
const canShow = (button: Button, { buttons, localLinks }: Capabilities): boolean =>
  buttons && (localLinks || !('url' in button) || opensElsewhere(button.url))

/** An invocation as it is understood in the messenger: where people have no handles, `@ben` names nobody. */
export const fitInvocation = (invocation: Invocation, { capabilities }: Messenger): Invocation =>
  capabilities.handles ? invocation : { ...invocation, handles: noHandles(capabilities.named ?? 'mention') }
