import { z } from '@hono/zod-openapi'
import type { Logger } from 'pino'
import { type Problem, problemOf } from './problem.ts'
import { ProblemShape } from './shapes.ts'

/** The most items of a batch. */
export const MAX_BATCH = 500

/** The body of a batch: up to 500 items. For clients that move so much that the single requests are what costs. */
export const batchOf = <T extends z.ZodType>(shape: T) =>
  z.strictObject({ items: z.array(shape).min(1).max(MAX_BATCH) })

/** The answer to a batch: for each item its answer, or its problem document. */
export const batchAnswersOf = <T extends z.ZodObject>(shape: T) =>
  z.object({ items: z.array(z.union([shape, z.object({ problem: ProblemShape })])) })

/** Waits for all answers of a batch; in the place of each that fails is its problem document. Never throws. */
export const answerEach = <T extends object>(log: Logger, requestId: string, answers: Promise<T>[]) =>
  Promise.all(
    answers.map(
      (answer): Promise<T | { problem: Problem }> =>
        answer.catch((error: unknown) => ({ problem: problemOf(log, error, requestId) })),
    ),
  )
