/** A token by which calls are let in, until it ends. All callers share it. */
export interface AccessToken {
  /** Makes a call with it. A new one is asked for where there is none, it is about to end, or the last call found it bad. */
  use<T>(call: (token: string) => Promise<T>): Promise<T>
  /** Asks for a new one. */
  renew(): Promise<void>
}

/**
 * @param fetch asks for a token; `until` is when it is no longer used, in milliseconds since the epoch
 * @param isBad whether a call has failed as its token wasn't taken
 */
export function openAccessToken(
  fetch: () => Promise<{ value: string; until: number }>,
  isBad: (error: unknown) => boolean,
): AccessToken {
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
    async use(call) {
      const used = await value()
      const source = token
      try {
        return await call(used)
      } catch (error) {
        if (isBad(error) && token === source) token = undefined
        throw error
      }
    },
    async renew() {
      token = undefined
      await value()
    },
  }
}
