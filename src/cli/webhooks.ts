import type { Database } from '../../db/postgres.ts'
import { type DeliveryView, deliveriesOf, redeliver } from '../webhooks/deliveries.ts'
import { allWebhooks, turnOff, turnOn, type WebhookView, webhookOf } from '../webhooks/webhooks.ts'
import { withBooks } from './books.ts'
import { type Call, type Command, UsageError } from './command.ts'
import { tableOf, timeOf } from './table.ts'

/** `passalong webhooks` */
export const webhooks: Command = {
  words: [],
  about:
    'list where programs are told what happens, and what became of it; turn one on or off; send something again',
  details: [
    'One that did not answer for three days is off by itself: nothing is sent there, and what happens meanwhile is not queued.',
    'Programs see their own, and turn them on, by GET /v1/webhooks. The service sends what is to be sent within a second.',
  ],
  flags: {
    log: { value: 'ID', about: 'the newest 20 deliveries of a webhook, with their attempts' },
    on: { value: 'ID', about: 'turn it on: what waits is sent at once' },
    off: { value: 'ID', about: 'turn it off' },
    redeliver: { value: 'DELIVERY', about: 'send that once more' },
  },
  json: `{"webhooks":[{"token":"shop","id":"019ab193-…","url":"https://shop.example/passalong","events":["ask.completed"],"state":"on",
"createdAt":"2026-11-26T12:00:00.000Z","failingSince":null,"offAt":null,"waiting":0}]}; of --on and --off {"webhook":{…}}; of --log {"deliveries":[{"id":"…",
"type":"ask.completed","subject":"…","timestamp":"…","state":"delivered","nextAt":null,"attempts":[{"at":"…","milliseconds":84,"status":200,"error":null}]}]}; of --redeliver {"delivery":{…}}`,
  run: (call) => withBooks(({ db }) => runOn(db, call)),
}

async function runOn(db: Database, { valueOf, print }: Call): Promise<void> {
  const asked = Object.keys(webhooks.flags).filter((flag) => valueOf(flag) !== undefined)
  if (asked.length > 1)
    throw new UsageError(`One of ${asked.map((flag) => `--${flag}`).join(' and ')}, not both.`)
  const [flag] = asked
  const id = flag === undefined ? '' : idIn(flag, valueOf(flag) ?? '')
  switch (flag) {
    case 'on':
    case 'off': {
      const webhook = await (flag === 'on' ? turnOn : turnOff)(db, { id })
      print(`${webhook.url} is ${webhook.state}`, { webhook })
      return
    }
    case 'log': {
      await webhookOf(db, { id })
      const { items } = await deliveriesOf(db, id, { limit: 20 })
      print(tableOf([DELIVERY_HEADING, ...items.map(deliveryRow)]), { deliveries: items })
      return
    }
    case 'redeliver': {
      const delivery = await redeliver(db, id)
      print(`${delivery.type} of ${delivery.subject} is sent once more`, { delivery })
      return
    }
    default: {
      const all = await allWebhooks(db)
      print(all.length > 0 ? tableOf([HEADING, ...all.map(rowOf)], [5]) : 'There are no webhooks.', {
        webhooks: all,
      })
    }
  }
}

function idIn(flag: string, typed: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(typed))
    throw new UsageError(`--${flag}: "${typed}" is no id; passalong webhooks and --log tell them.`)
  return typed
}

const HEADING = ['TOKEN', 'ID', 'URL', 'STATE', 'SINCE', 'WAITING']

const rowOf = ({
  token,
  id,
  url,
  state,
  createdAt,
  failingSince,
  offAt,
  waiting,
}: WebhookView & { token: string; waiting: number }): string[] => [
  token,
  id,
  url,
  state,
  timeOf(new Date(offAt ?? failingSince ?? createdAt)),
  String(waiting),
]

const DELIVERY_HEADING = ['DELIVERY', 'TYPE', 'OF', 'HAPPENED', 'STATE', 'ATTEMPTS', 'LAST', 'NEXT']

function deliveryRow({ id, type, subject, timestamp, state, nextAt, attempts }: DeliveryView): string[] {
  const last = attempts.at(-1)
  return [
    id,
    type,
    subject,
    timeOf(new Date(timestamp)),
    state,
    String(attempts.length),
    last ? String(last.status ?? last.error) : '-',
    nextAt ? timeOf(new Date(nextAt)) : '-',
  ]
}
