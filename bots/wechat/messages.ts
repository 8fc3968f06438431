import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { codeIn } from '../../src/shared/pasted-code.ts'
import { commandOf } from '../commands/index.ts'
import { commandIn } from '../typed-command.ts'

/** Values are texts as they stand: no entity is made into anything, as those of a document's own could grow without an end. */
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, processEntities: false })

/** The elements of a document of WeChat's; undefined where it is none. */
export function elementsOf(xml: string): unknown {
  try {
    return (parser.parse(xml, true) as { xml?: unknown }).xml
  } catch {
    return undefined
  }
}

/** Messages: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html, and events next to it. */
export const WechatMessage = z.object({
  /** The account, by an id that has nothing to do with its AppID. */
  ToUserName: z.string().min(1),
  /** The OpenID of whoever has written, which is one account's alone. */
  FromUserName: z.string().min(1),
  /** In seconds since the epoch. */
  CreateTime: z.coerce.number(),
  MsgType: z.string(),
  MsgId: z.string().optional(),
  Content: z.string().optional(),
  Event: z.string().optional(),
  EventKey: z.string().optional(),
})
export type WechatMessage = z.output<typeof WechatMessage>

/** The same for the same, however often it is told: events have no id. */
export const idOf = ({ MsgId, FromUserName, CreateTime, Event, EventKey }: WechatMessage): string =>
  MsgId ?? [FromUserName, CreateTime, Event, EventKey].filter(Boolean).join(' ')

interface Given {
  name: string
  words: string
}

/** The command in a message; `plainText` where it is none that can be read; undefined where there is nothing to say. */
export function commandInMessage({
  MsgType,
  Content,
  Event,
  EventKey = '',
}: WechatMessage): Given | 'plainText' | undefined {
  if (MsgType === 'text')
    return commandIn(Content ?? '', { isPrivate: true, isAddressed: true, hasChoices: true })
  if (MsgType !== 'event') return 'plainText'
  switch (Event) {
    // Whoever has scanned a QR code of ours comes with the code of a transfer; by it they are shown what that opens.
    case 'subscribe':
    case 'SCAN':
      return { name: 'start', words: codeIn(EventKey.replace(/^qrscene_/, '')) ?? '' }
    case 'CLICK':
      return commandOf(EventKey) && { name: EventKey, words: '' }
    default:
      return undefined
  }
}
