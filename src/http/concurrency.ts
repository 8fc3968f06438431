import { Refusal } from '../shared/refusal.ts'

/**
 * So many requests from outside may be under way in a process: what comes above is refused at once, and the rest are answered
 * within about a second, as the slowest of them, claim pages, are answered at 750 to 1,100 a second on two cores, and the API's
 * at ten times that. It takes 400 to keep the ledger busy.
 */
export const MOST_CONCURRENT = 1000

/** What a process has under way for those who ask it from outside. Its own bots ask within, and are never refused. */
export interface Concurrency {
  /** @throws Refusal `too_many_requests` */
  begin(): void
  end(): void
}

export function openConcurrency(): Concurrency {
  let underWay = 0
  return {
    begin() {
      if (underWay >= MOST_CONCURRENT) throw new Refusal('too_many_requests')
      underWay += 1
    },
    end() {
      underWay -= 1
    },
  }
}
