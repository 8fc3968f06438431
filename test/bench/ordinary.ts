import { serve } from '@hono/node-server'
import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { connect } from '../../db/postgres.ts'
import { entries, transfers } from '../../db/schema.ts'

/** A claim as one would write it first: a transaction for each, that locks, looks and writes. */
const { db } = connect(process.env.DATABASE_URL ?? '')
const app = new Hono()
  .get('/', (c) => c.text(''))
  .post('/collect', async (c) => {
    const { transfer: id, account } = await c.req.json()
    const collected = await db.transaction(async (tx) => {
      const [transfer] = await tx.select().from(transfers).where(eq(transfers.id, id)).for('update')
      if (transfer?.state !== 'open' || transfer.expiresAt < new Date()) return undefined
      await tx.insert(entries).values({
        transferId: id,
        accountId: account,
        kind: 'collect',
        amount: transfer.amount,
        leaves: 'collected',
        at: new Date(),
      })
      return transfer
    })
    if (!collected) return c.json({ error: 'closed' }, 409)
    return c.json({ id, amount: String(collected.amount) }, 201)
  })

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) })
process.on('SIGTERM', () => process.exit(0))
