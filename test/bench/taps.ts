import { createBot } from '../../bots/bot.ts'
import { connectApi } from '../../bots/client.ts'
import type { Messenger } from '../../bots/messenger.ts'
import { createApi } from '../../src/api/app.ts'
import type { Stage } from './stage.ts'
import { percentile } from './table.ts'

const A_SECOND = 1000
const SECONDS = 20

/** Milliseconds from a tap on Collect to its answer, at a thousand taps a second, each on a card of its own. */
export async function measureTaps(stage: Stage): Promise<{ p50: number; p99: number; most: number }> {
  const { core } = stage
  const api = createApi(core)
  const client = connectApi('http://passalong.internal', core.tokens.inProcess('bench'), async (url, init) =>
    api.request(String(url), init),
  )
  const nowhere: Messenger = {
    name: 'bench',
    capabilities: { handles: true, redraw: 'always', buttons: true, language: 'en' },
    post: async () => ({ chat: 'chat', message: 'message' }),
    privateChat: async ({ id }) => id,
    redraw: async () => {},
    sendPrivately: async () => {},
    ping: async () => {},
    isAdmin: async () => false,
    isMember: async () => undefined,
  }
  const bot = createBot(client, nowhere, core.log)
  const count = A_SECOND * SECONDS
  const ids = await stage.createMany(count)

  const waits: number[] = []
  const started = performance.now()
  // A tap comes when it comes, whether or not those before it are answered: the wait counts from then.
  await Promise.all(
    ids.map(async (transfer, index) => {
      const due = started + (index * 1000) / A_SECOND
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      const tapped = Math.min(due, performance.now())
      const { toast } = await bot.press({
        person: { messenger: 'bench', id: String((index + 7) % 1000) },
        chat: { id: 'chat', kind: 'group' },
        language: 'en',
        key: `tap-${index}-${started}`,
        action: { do: 'collect', transfer },
        buttons: [`collect:${transfer}`],
      })
      if (!/received|got|yours/i.test(toast)) throw new Error(`A tap was answered with: ${toast}`)
      waits.push(performance.now() - tapped)
    }),
  )
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), most: percentile(waits, 1) }
}
