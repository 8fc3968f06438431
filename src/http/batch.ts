import { z } from '@hono/zod-openapi'
import type { Logger } from 'pino'
import { type Problem, problemOf } from './problem.ts'
import { ProblemShape } from './shapes.ts'

const MOST = 500

/** Many of one kind in one request, for those who move so much that the requests themselves are what costs. */
export const batchOf = <T extends z.ZodType>(shape: T) =>
  z.strictObject({ items: z.array(shape).min(1).max(MOST) })

export const batchAnswersOf = <T extends z.ZodObject>(shape: T) =>
  z.object({ items: z.array(z.union([shape, z.object({ problem: ProblemShape })])) })

/** Waits for all, and puts in the place of each what came of it: its answer, or its problem document. */
export const answerEach = <T extends object>(log: Logger, requestId: string, answers: Promise<T>[]) =>
  Promise.all(
    answers.map(
      (answer): Promise<T | { problem: Problem }> =>
        answer.catch((error: unknown) => ({ problem: problemOf(log, error, requestId) })),
    ),
  )
