import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What work answers; undefined where that takes longer than so many milliseconds. The work goes on. Rejects where it does within
 * that time.
 */
export const inTime = async <T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> =>
  (await Promise.race([work, sleep(milliseconds, undefined, { ref: false })])) ?? undefined
