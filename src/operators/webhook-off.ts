import type { Config } from '../config.ts'
import type { Deliveries } from '../delivery/deliveries.ts'
import type { People } from '../people/people.ts'
import { readKey } from '../shared/keys.ts'
import type { TurnedOff } from '../webhooks/queue.ts'

interface Needs {
  config: Pick<Config, 'operators'>
  people: Pick<People, 'find'>
  deliveries: Pick<Deliveries, 'tellWebhookOff'>
}

/** Tells all operators in private that a webhook was turned off. */
export async function tellWebhookOff(
  { config, people, deliveries }: Needs,
  { id, token, url }: TurnedOff,
): Promise<void> {
  for (const operator of config.operators) {
    const key = readKey(operator)
    if (!key) continue
    const known = await people.find(key.messenger, key.id)
    const { handle = null, name = null, language = null } = known ?? {}
    const to = { ...key, handle, name, language }
    await deliveries.tellWebhookOff(`${id}:${operator}`, { to, app: token, host: new URL(url).host })
  }
}
