import { Refusal } from '../shared/refusal.ts'

/**
 * Requests from outside that may be under way in a process. More are refused at once, so that these are answered within about a
 * second: two cores answer 750 to 1,100 claim pages a second, which are the slowest, and ten times as many API requests. It takes
 * 400 to keep the ledger busy.
 */
export const MAX_CONCURRENT = 1000

/** Counts the requests from outside that are under way. The bots of this process call it from inside, and are not counted. */
export interface Concurrency {
  /** @throws Refusal `too_many_requests` */
  begin(): void
  end(): void
}

/** Begins at no requests. */
export function openConcurrency(): Concurrency {
  let underWay = 0
  return {
    begin() {
      if (underWay >= MAX_CONCURRENT) throw new Refusal('too_many_requests')
      underWay += 1
    },
    end() {
      underWay -= 1
    },
  }
}
