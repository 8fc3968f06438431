/** A token by which calls are let in, until it ends. */
export interface AccessToken {
  /** Asks for one where there is none, or it is about to end: all callers share it. */
  value(): Promise<string>
  /** To be called where it was not taken: the next caller asks for another one. */
  drop(): void
}

/** @param fetch asks for a token; `until` is when it is no longer used, in milliseconds since the epoch */
export function openAccessToken(fetch: () => Promise<{ value: string; until: number }>): AccessToken {
  let token: ReturnType<typeof fetch> | undefined

  async function value(): Promise<string> {
    token ??= fetch()
    const asked = token
    try {
      const fetched = await asked
      if (Date.now() < fetched.until) return fetched.value
    } catch (error) {
      if (token === asked) token = undefined
      throw error
    }
    if (token === asked) token = undefined
    return value()
  }

  return {
    value,
    drop() {
      token = undefined
    },
  }
}
