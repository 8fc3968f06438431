import { sql } from 'drizzle-orm'
import { expect, onTestFinished } from 'vitest'
import type { Notice } from '../../src/delivery/notices.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openTestCore, type Person, type Setting } from './service.ts'

/** A core that spreads what is announced, and a bot's calls. */
export async function openWorking({
  lifetime = 60,
  works = true,
  ...setting
}: Setting & { lifetime?: number; works?: boolean } = {}) {
  const service = await openTestCore({
    assets: [{ code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime }],
    ...setting,
  })
  onTestFinished(service.close)
  const { core, client } = service
  if (works) core.deliveries.work()
  return {
    ...service,
    /** Waits until all that was announced is spread. */
    spread: () => expect.poll(async () => (await core.db.execute(sql`select from outbox`)).length).toBe(0),
    /** Takes until there are as many; what was issued at the beginning is nothing new. */
    async take(messenger: string, count: number): Promise<Taken[]> {
      const taken: Taken[] = []
      for (let patience = 0; patience < 10 && (taken.length < count || patience === 0); patience++) {
        const { items } = await client.post<{ items: Taken[] }>(`/v1/deliveries/${messenger}/take`, {
          limit: 100,
          seconds: count === 0 ? 0 : 1,
        })
        for (const item of items)
          if ('notice' in item && item.notice === 'received' && item.transfer.from === null)
            await client.call('POST', `/v1/deliveries/${messenger}/${item.id}/done`)
          else taken.push(item)
      }
      return taken.sort((a, b) => (a.kind < b.kind ? -1 : 1))
    },
    async settle(messenger: string, id: string | undefined, how: 'done' | 'failed', body?: object) {
      expect((await client.call('POST', `/v1/deliveries/${messenger}/${id}/${how}`, body)).status).toBe(204)
    },
    async post({ id }: ViewWithCode, drawn = 'open', chat = 'chat') {
      const card = { messenger: 'telegram', chat, message: `message-${id}`, language: 'en' }
      expect((await client.call('POST', `/v1/transfers/${id}/cards`, { ...card, drawn })).status).toBe(204)
      return card
    },
  }
}

/** A transfer of 20.00 that Ada, who has them, has sent to Ben. */
export async function sendOf({ issue, send }: Working['client'], ada: Person, ben: Person) {
  await issue(ada, '20')
  return send(ada, '20', { to: ben })
}

export type Working = Awaited<ReturnType<typeof openWorking>>
type Taken = { id: string; transfer: ViewWithCode } & (
  | { kind: 'post'; target: object }
  | { kind: 'redraw'; card: object }
  | { kind: 'notice'; notice: Notice; to: Person }
)
