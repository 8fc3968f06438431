import { type ApiClient, body } from './client.ts'
import type { Messenger } from './messenger.ts'
import type { Log } from './sentences.ts'

/** How often the core is told, in milliseconds: it forgets a messenger after three minutes. */
const PAUSE_MS = 60_000

/**
 * Tells the core that a messenger runs, until it is stopped: the claim page leads there.
 * @param about.title what people call the messenger
 * @param about.link opens it; `{code}` stands for the code, where its links can carry one
 */
export function announce(
  api: ApiClient,
  { name }: Messenger,
  about: { title: string; link: string },
  log: Log,
): { stop(): Promise<void> } {
  const one = api.messengers[':messenger']
  const param = { messenger: name }
  const tell = (asked: () => Parameters<typeof body>[0]) =>
    body(asked()).catch((error: unknown) =>
      log.warn({ err: error, messenger: name }, 'the claim page was not told whether the messenger runs'),
    )
  const runs = () => tell(() => one.$put({ param, json: about }))
  let told = runs()
  const timer = setInterval(() => {
    told = runs()
  }, PAUSE_MS)
  return {
    async stop() {
      clearInterval(timer)
      await told
      await tell(() => one.$delete({ param }))
    },
  }
}
