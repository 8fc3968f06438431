import { z } from 'zod'
import { type Action, decodeAction, encodeAction } from './actions.ts'
import { openProofs } from './proofs.ts'

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
  const proofs = openProofs(secret)

  return {
    encode(action, chat) {
      const press = encodeAction(action)
      return { press, chat, proof: proofs.of(press, chat) }
    },
    decode(value) {
      const { data } = Value.safeParse(value)
      if (!data) return undefined
      const { press, chat, proof } = data
      if (!proofs.isOf(proof, press, chat)) return undefined
      const action = decodeAction(press)
      return action && { action, chat }
    },
  }
}
