import { randomUUID } from 'node:crypto'
import { xml } from '@xmpp/client'
import { Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { type Connection, isStanzaError, type Stanza } from './connection.ts'
import { conditionOf } from './rooms.ts'
import { bare, messageTo, NS } from './stanzas.ts'

/** Sends messages, and knows whether they have arrived at the server of the one whom they are for, or in the room. */
export interface Sender {
  /**
   * @param replaces the id of the message that it corrects
   * @returns its id
   * @throws Undeliverable where they can't be reached
   */
  toPerson(address: string, text: string, replaces?: string): Promise<string>
  /** @throws Undeliverable where the bot may not write there */
  toRoom(room: string, text: string, replaces?: string): Promise<string>
  /** Takes in the refusal of a message, and what a room repeats of the bot's own. @returns whether it was one of those */
  takeIn(message: Stanza): boolean
}

/** How long a room may take to repeat a message, in milliseconds. */
const ROOM_MS = 20_000

export function openSender(connection: () => Connection): Sender {
  /** Messages of which it isn't known yet whether they arrive, by their ids. */
  const underWay = new Map<string, { arrived(): void; refused(error: Error): void }>()

  /** Questions that are not asked yet, by their addresses. */
  const questions = new Map<string, Promise<void>>()
  const inTurn = createQueues()

  async function send(message: Stanza, id: string, check: (arrived: Promise<void>) => Promise<unknown>) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(() => {})
    underWay.set(id, { arrived: resolve, refused: reject })
    try {
      await connection().send(message)
      await check(promise)
      return id
    } finally {
      underWay.delete(id)
    }
  }

  return {
    toPerson(address, text, replaces) {
      const id = randomUUID()
      const message = messageTo(address, { id, type: 'chat', text, replaces })
      // Servers keep the order of what one sends to another, so the refusal of the message comes before the answer to this question.
      return send(message, id, (refused) => Promise.race([refused, answered(bare(address)).then(() => {})]))
    },
    toRoom(room, text, replaces) {
      const id = randomUUID()
      const message = messageTo(room, { id, type: 'groupchat', text, replaces })
      return send(message, id, (arrived) => inTime(ROOM_MS, arrived))
    },
    takeIn(message) {
      const { id = '', type } = message.attrs
      const sent = underWay.get(id)
      if (type === 'error') {
        sent?.refused(refusalIn(message))
        return true
      }
      // Somebody else may give a message the same id, so it has to come from the room. Who has another name there gets no harm.
      if (type === 'groupchat' && sent) sent.arrived()
      return false
    },
  }

  /** One question stands for all messages that were sent to an address before it, so a crowd costs few. */
  function answered(address: string): Promise<void> {
    const next = questions.get(address) ?? inTurn(address, () => ask(address))
    questions.set(address, next)
    return next
  }

  async function ask(address: string): Promise<void> {
    questions.delete(address)
    await connection()
      .ask('get', address, xml('ping', { xmlns: NS.ping }))
      .catch((error: unknown) => {
        if (!isStanzaError(error)) throw error
      })
  }
}

/** Where a retry may help it is an ordinary error. https://www.rfc-editor.org/rfc/rfc6120#section-8.3.2 */
function refusalIn(message: Stanza): Error {
  const condition = conditionOf(message)
  return message.getChild('error')?.attrs.type === 'wait'
    ? new Error(condition)
    : new Undeliverable(condition)
}

/** @throws where it takes longer than so many milliseconds */
async function inTime(milliseconds: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('the room does not answer')), milliseconds)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
