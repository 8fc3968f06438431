/**
 * Does a job again and again until it is stopped. The job answers whether there is more to do; where there is not, or
 * where it failed, a pause follows.
 */
export function repeat(
  job: (stopping: () => boolean) => Promise<boolean>,
  pauseMs: number,
  failed: (error: unknown) => void,
): { stop(): Promise<void> } {
  let stopping = false
  let wake = () => {}
  const loop = (async () => {
    while (!stopping) {
      let more = false
      try {
        more = await job(() => stopping)
      } catch (error) {
        failed(error)
      }
      if (!more && !stopping)
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, pauseMs)
        })
    }
  })()
  return {
    async stop() {
      stopping = true
      wake()
      await loop
    },
  }
}
