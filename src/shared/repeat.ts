/**
 * Does a job again and again until it is stopped. The job answers whether there is more to do; where there is not, or where it
 * failed, a pause follows, which `wake` ends early.
 * @param failed called with each error of the job
 * @returns `stop`, which ends when the job that is under way has ended
 */
export function repeat(
  job: (stopping: () => boolean) => Promise<boolean>,
  pauseMs: number,
  failed: (error: unknown) => void,
): { wake(): void; stop(): Promise<void> } {
  let stopping = false
  const pause = openPause()
  const loop = (async () => {
    while (!stopping) {
      let more = false
      try {
        more = await job(() => stopping)
      } catch (error) {
        failed(error)
      }
      if (!more && !stopping) await pause.wait(pauseMs)
    }
  })()
  return {
    wake: pause.end,
    async stop() {
      stopping = true
      pause.end()
      await loop
    },
  }
}

/** A pause that can be ended early. Ended before it begins, the next one is skipped. */
export function openPause(): { wait(milliseconds: number): Promise<void>; end(): void } {
  let isEnded = false
  let end = () => {}
  return {
    async wait(milliseconds) {
      if (!isEnded)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds)
          end = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      isEnded = false
    },
    end() {
      isEnded = true
      end()
    },
  }
}
