import { makeToken } from '../../src/access/tokens.ts'
import { clientOf } from '../support/service.ts'
import { type FakeTelegram, type Message, startFakeTelegram } from '../support/telegram/index.ts'
import { environmentOf } from './http.ts'
import { startService } from './service.ts'
import type { Stage } from './stage.ts'
import { percentile } from './table.ts'

const TAPS = 100
/** A messenger that no bot of ours speaks: this process takes its deliveries, as a bot does. */
const ELSEWHERE = 'elsewhere'

/** Milliseconds. */
interface Waits {
  median: number
  p95: number
}

/**
 * From a tap on Collect in Telegram to the card that is drawn anew there, and to the same transfer's card in another
 * messenger: until its bot has it. The service with its bot is a process of its own; Telegram is in this one. One tap at a
 * time, each on a card in a group of its own, as Telegram slows a busy group down.
 */
export async function measureRedraws(stage: Stage): Promise<{ here: Waits; elsewhere: Waits }> {
  const telegram = await startFakeTelegram()
  const service = await startService({
    ...environmentOf(stage),
    ROLES: 'api,worker,telegram',
    PUBLIC_URL: 'https://pass.example.org',
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.url,
  })
  const token = await makeToken(stage.core.db, 'bench')
  const client = clientOf((path, init) => fetch(`http://127.0.0.1:${service.port}${path}`, init), token)
  const drawn = new Map<string, () => void>()
  let closing = false
  const taking = takeUntil(() => closing)
  const waits = { here: [] as number[], elsewhere: [] as number[] }
  try {
    const sender = telegram.user({ first_name: 'Ada' })
    const collector = telegram.user({ first_name: 'Ben' })
    await client.issue({ messenger: 'telegram', id: String(sender.id) }, '1000')
    for (let tap = 0; tap < TAPS; tap++) {
      const card = await newCard(telegram, sender, collector)
      const { id, label } = buttonOf(card)
      const place = { messenger: ELSEWHERE, chat: 'chat', message: id, language: 'en', drawn: 'open' }
      await telegram.until(async () => (await cards(id)).length > 0)
      await client.call('POST', `/v1/transfers/${id}/cards`, place)
      const started = performance.now()
      const since = (list: number[]) => () => void list.push(performance.now() - started)
      const redrawn = new Promise<void>((resolve) => drawn.set(id, resolve)).then(since(waits.elsewhere))
      const edited = untilEdited(card).then(since(waits.here))
      await Promise.all([collector.taps(card, label), edited, redrawn])
    }
  } finally {
    closing = true
    await taking
    await service.stop()
    await telegram.stop()
  }
  return { here: summary(waits.here), elsewhere: summary(waits.elsewhere) }

  async function cards(id: string): Promise<unknown[]> {
    return (await client.get<{ items: unknown[] }>(`/v1/transfers/${id}/cards`)).items
  }

  async function takeUntil(over: () => boolean): Promise<void> {
    const path = `/v1/deliveries/${ELSEWHERE}`
    while (!over()) {
      const { items } = await client.post<{ items: { id: string; transfer: { id: string } }[] }>(
        `${path}/take`,
        { seconds: 2 },
      )
      for (const { transfer } of items) drawn.get(transfer.id)?.()
      for (const { id } of items) await client.call('POST', `${path}/${id}/done?drawn=collected`)
    }
  }
}

type Person = ReturnType<FakeTelegram['user']>

async function newCard(telegram: FakeTelegram, sender: Person, other: Person): Promise<Message> {
  const group = telegram.group({ creator: sender, members: [other] })
  sender.says(group, '/send 1')
  return telegram.until(() => telegram.messages(group).find(({ keyboard }) => keyboard.length > 0))
}

function buttonOf({ keyboard, text }: Message): { id: string; label: string } {
  const [button] = keyboard[0] ?? []
  const [, id] = /^collect:(.+)/.exec(button?.callback_data ?? '') ?? []
  if (!id) throw new Error(`This card has nothing to collect: ${text}`)
  return { id, label: button?.text ?? '' }
}

async function untilEdited(card: Message): Promise<void> {
  const before = card.edits
  while (card.edits === before) await new Promise((resolve) => setTimeout(resolve, 1))
}

const summary = (waits: number[]): Waits => ({ median: percentile(waits, 0.5), p95: percentile(waits, 0.95) })
