import type { DrawnCard } from '../card.ts'
import { cardAsPlainText } from '../card-text.ts'

/** The content of a message: https://spec.matrix.org/latest/client-server-api/#mroommessage */
export interface Content extends Record<string, unknown> {
  msgtype: 'm.text' | 'm.notice' | 'm.image'
  body: string
  'm.mentions': { user_ids?: string[] }
}

/** A text as it is. Names and notes in it mention nobody. `m.notice`: what nobody has to be called to. */
export const textContent = (text: string, msgtype: 'm.text' | 'm.notice' = 'm.text'): Content => ({
  msgtype,
  body: text,
  'm.mentions': {},
})

/**
 * A card: text, or a picture with the text under it.
 * @param picture its `mxc:` address
 */
export function cardContent(card: DrawnCard, picture: string | undefined): Content {
  const text = textContent(cardAsPlainText(card))
  const { to, mention } = card
  const isMentioned = mention && to?.messenger === 'matrix' && to.id
  return {
    ...text,
    ...(isMentioned && { 'm.mentions': { user_ids: [to.id as string] } }),
    // With the name of a file the body is what stands under the picture.
    ...(picture && { msgtype: 'm.image', url: picture, filename: 'qr.png', info: { mimetype: 'image/png' } }),
  }
}

/** What takes the place of a message. It calls nobody once more. https://spec.matrix.org/latest/client-server-api/#event-replacements */
export const replacing = (message: string, content: Content): Content => {
  const now = { ...content, 'm.mentions': {} }
  return {
    // For clients that know no corrections, which show it as one more message.
    ...textContent(`* ${content.body}`),
    'm.new_content': now,
    'm.relates_to': { rel_type: 'm.replace', event_id: message },
  }
}
