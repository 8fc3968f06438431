/** A question to the API, and the answer that it got. */
export interface Answered {
  method: string
  path: string
  body?: object
  status: number
  answer?: unknown
}

/** What whoever used the old books still holds in hands. */
export interface Made {
  secretKey: string
  token: string
  /** The cookie of a browser that is signed in. */
  session: string
  /** Transfers that wait: codes, and ids of those that have a button. */
  open: Record<'anyone' | 'person' | 'handle' | 'button' | 'drawn' | 'taken' | 'toDecline', string>
  answers: Answered[]
  /** Requests with a key, sent again. */
  retries: Answered[]
}
