import { createHmac, timingSafeEqual } from 'node:crypto'

/** Proofs that we have put something where a client hands it back: a client can send any data. */
export interface Proofs {
  of(...parts: string[]): string
  isOf(proof: string, ...parts: string[]): boolean
}

/** @param secret the app's, which its messenger and we alone know */
export function openProofs(secret: string): Proofs {
  const of = (...parts: string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
  return {
    of,
    isOf(proof, ...parts) {
      const [given, due] = [Buffer.from(proof), Buffer.from(of(...parts))]
      return given.length === due.length && timingSafeEqual(given, due)
    },
  }
}
