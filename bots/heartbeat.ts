import { type ApiClient, body } from './client.ts'
import type { Log } from './log.ts'
import type { Messenger } from './messenger.ts'

/** How often the core is told, in milliseconds: after three minutes without it a messenger counts as stopped. */
const INTERVAL_MS = 60_000

/** A messenger as the claim page shows it. */
export interface MessengerLink {
  /** What people call it: `Telegram`. */
  title: string
  /** Opens it; `{code}` stands for a transfer's code, where its links can carry one. */
  link: string
}

/**
 * Tells the core that a messenger runs, so that the claim page links to it, until it is stopped.
 * @returns `stop` tells the core that it runs no longer
 */
export function startHeartbeat(
  api: ApiClient,
  { name }: Messenger,
  link: MessengerLink,
  log: Log,
): { stop(): Promise<void> } {
  const entry = api.messengers[':messenger']
  const param = { messenger: name }
  const tell = (request: () => Parameters<typeof body>[0]) =>
    body(request()).catch((error: unknown) =>
      log.warn({ err: error, messenger: name }, 'the claim page was not told whether the messenger runs'),
    )
  const beat = () => tell(() => entry.$put({ param, json: link }))
  let last = beat()
  const timer = setInterval(() => {
    last = beat()
  }, INTERVAL_MS)
  return {
    async stop() {
      clearInterval(timer)
      await last
      await tell(() => entry.$delete({ param }))
    },
  }
}
