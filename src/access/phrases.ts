import { createHmac, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import PQueue from 'p-queue'
import type { Language } from '../shared/language.ts'
import { plainPhrase } from '../shared/phrase.ts'
import { Refusal } from '../shared/refusal.ts'
import { PHRASE_WORDS } from './phrase-words.ts'

/** How many words a made phrase has. */
const WORDS = 4

/**
 * The phrase that is made for a transfer: four words of 1,024, which are 40 bits. It is never stored: it follows from the transfer's id and
 * the secret key, as its code does, and so it can be shown again.
 */
export function phraseOf(secretKey: string, transferId: string, language: Language): string {
  const words = PHRASE_WORDS[language] ?? PHRASE_WORDS.en
  const secret = createHmac('sha256', secretKey).update(`transfer phrase ${transferId}`).digest()
  // 1,024 divides 2^16, so each word is as likely as any other.
  const picked = Array.from(
    { length: WORDS },
    (_, turn) => words[secret.readUInt16BE(2 * turn) % words.length],
  )
  return picked.join(' ')
}

/**
 * The slow hash of a phrase, from which its hashes in all scopes follow, so that a guess costs one. Its salt is the same for all phrases, as
 * a transfer is looked up by the hash; it follows from the secret key, so a copy of the database alone can't be tried at all.
 * To be made `inTurn`.
 */
export function slowHashOf(secretKey: string, phrase: string): Promise<Buffer> {
  const salt = createHmac('sha256', secretKey).update('phrases').digest()
  return derive(plainPhrase(phrase), salt, 32)
}

/** 16 MB and some 40 ms each, beside the event loop. */
const derive = promisify<string, Buffer, number, Buffer>(scrypt)

/**
 * Does what makes slow hashes in its turn: two at once, of the four threads that Node has for such work.
 * @throws Refusal `overloaded` where too many are waiting
 */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  if (queue.size >= MAX_WAITING) throw new Refusal('overloaded')
  return queue.add(task)
}

const queue = new PQueue({ concurrency: 2 })
/** They take about four seconds. */
const MAX_WAITING = 200

/** Where a phrase opens something: anywhere, or in the chats of a group, by its id. */
export type Scope = 'anywhere' | (string & {})

/** What the database stores of a phrase: its hash in a scope, in hexadecimal digits. */
export const phraseHashOf = (slow: Buffer, scope: Scope): string =>
  createHmac('sha256', slow).update(scope).digest('hex')

/** A phrase as the fingerprint of a request has it: nobody can try phrases against that without the secret key. */
export const sealedPhrase = (secretKey: string, phrase: string): string =>
  createHmac('sha256', secretKey)
    .update(`request ${plainPhrase(phrase)}`)
    .digest('hex')
