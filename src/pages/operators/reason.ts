import { Note } from '../../http/shapes.ts'
import { Refusal } from '../../shared/refusal.ts'
import type { Words } from '../language.ts'
import { sentenceOf } from '../refusals.ts'

/** Why an operator does something; undefined where it is empty, or too long. */
export const readReason = (typed: string | undefined): string | undefined => Note.safeParse(typed ?? '').data

/** Why nothing was moved, to the operator who asked for it; of what is no refusal nobody knows whether it was done. */
export function problemOf(words: Words, problem: Error): string {
  if (!(problem instanceof Refusal)) return words.text('issues.unknown')
  const { balance, asset } = problem.details
  return problem.code === 'insufficient_funds'
    ? words.text('issues.notThere', { balance: String(balance), asset: String(asset) })
    : sentenceOf(words, problem)
}
