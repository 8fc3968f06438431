import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { cleanText } from '../shared/text.ts'
import type { Issue } from '../transfers/issue.ts'
import { type Order as OneOrder, readOrder } from '../transfers/issue-orders.ts'
import type { Services } from './books.ts'
import { type Call, FROM_INPUT, UsageError } from './command.ts'
import { readInput } from './input.ts'

/** The words of one order; with the number of their line, where they came by the standard input. */
interface Line {
  line?: number
  words: string[]
}

/** One issue or withdrawal of a call. Its idempotency key differs from that of every other order of the call. */
export type Order = Pick<Line, 'line'> & OneOrder

/** The orders of a call, from its words or the standard input. @throws UsageError */
export async function linesOf({ words, valueOf }: Call): Promise<Line[]> {
  if (words[0] !== FROM_INPUT) return [{ words }]
  if (words.length > 1) throw new UsageError(`"${words[1]}" is one word too many after -.`)
  if (valueOf('key') === undefined)
    throw new UsageError(
      '--key is missing: with it the same lines, when they come again, move no money twice.',
    )
  const lines = (await readInput())
    .split(/\r?\n/)
    .map((text, index) => ({ line: index + 1, words: text.trim().split(/\s+/) }))
    .filter(({ words: [first] }) => first !== '')
  if (lines.length === 0) throw new UsageError('The standard input holds no line.')
  return lines
}

/**
 * Reads all orders, so that none is carried out where one is wrong.
 * @throws UsageError, which names the line; Refusal, where a single order's amount or asset can't be read
 */
export async function readOrders(
  lines: Line[],
  direction: Issue['direction'],
  call: Call,
  services: Services,
): Promise<Order[]> {
  const note = noteOf(call)
  const key = keyOf(call)
  const orders: Order[] = []
  for (const { line, words } of lines)
    try {
      if (words.length < 2) throw new UsageError('MESSENGER:ID is missing.')
      if (words.length > 3) throw new UsageError(`"${words[3]}" is one word too many.`)
      const [typed = '', code, who = ''] = words.length === 2 ? [words[0], undefined, words[1]] : words
      const own = line === undefined ? key : `${key}:${line}`
      const asked = { direction, amount: typed, asset: code, who, note, key: own }
      const order = await readOrder(services, CLIENT, asked).catch(asUsage)
      orders.push({ ...(line !== undefined && { line }), ...order })
    } catch (error) {
      if (line === undefined || !(error instanceof UsageError || error instanceof Refusal)) throw error
      throw new UsageError(`Line ${line}: ${error.message}`)
    }
  return orders
}

/** A person that can't be is a mistake in the call. */
function asUsage(error: unknown): never {
  throw error instanceof Refusal && error.code === 'not_a_person' ? new UsageError(error.message) : error
}

/** The client that the idempotency keys belong to; no token can have this name. */
const CLIENT = 'command line'

/** A call without a key gets one, so that the ledger can retry safely when a connection breaks. */
function keyOf({ valueOf }: Call): string {
  const key = valueOf('key') ?? newId()
  if (!/^[\x21-\x7e]{1,180}$/.test(key))
    throw new UsageError('--key: 1 to 180 letters, digits and signs without blanks, like order-4711.')
  return key
}

function noteOf({ valueOf }: Call): string | undefined {
  const typed = valueOf('note')
  if (typed === undefined) return undefined
  const note = cleanText(typed)
  if (note === undefined || [...note].length > 200) throw new UsageError('--note: 1 to 200 characters.')
  return note
}
