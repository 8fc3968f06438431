import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { type Action, decodeAction, encodeAction } from '../actions.ts'

/** Signs what buttons hold, and finds it again: a client can send any data. */
export interface Buttons {
  /** What the button holds that stands in such a chat. */
  encode(action: Action, chat: string): Value
  /** The action, and the chat in which its button was put; undefined where none of ours holds that. */
  decode(value: unknown): { action: Action; chat: string } | undefined
}

const Value = z.object({ press: z.string().max(64), chat: z.string().max(100), proof: z.string() })
type Value = z.output<typeof Value>

/** @param secret the app's */
export function openButtons(secret: string): Buttons {
  const proofOf = (press: string, chat: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['button', press, chat]))
      .digest()

  return {
    encode(action, chat) {
      const press = encodeAction(action)
      return { press, chat, proof: proofOf(press, chat).toString('base64url') }
    },
    decode(value) {
      const { data } = Value.safeParse(value)
      if (!data) return undefined
      const { press, chat, proof } = data
      const due = proofOf(press, chat)
      const given = Buffer.from(proof, 'base64url')
      if (due.length !== given.length || !timingSafeEqual(due, given)) return undefined
      const action = decodeAction(press)
      return action && { action, chat }
    },
  }
}
