import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { joinEmbeddedPostgres } from '../../../db/embedded.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { clientAt, ownFolder, started } from '../folder.ts'
import { makeTokenIn } from '../service.ts'
import { PEOPLE } from './people.ts'

/** So many requests under way keep the ledger busy, and are too few for refusals. */
export const FULL = 400

/** A process lets half of its requests through for one token. */
const PROGRAMS = 4

/** What is asked of a service: to send, and to collect what was sent. */
export interface Order {
  seconds: number
  /** Requests a second, whatever is answered; without it the next is asked when another one is answered. */
  rate?: number
  /** As many are under way at most. */
  atOnce?: number
}

/** What came of it, by the second and in milliseconds. */
export interface Outcome {
  offered: number
  done: number
  refused: number
  doneMs: Spread
  /** Of those on a connection that had carried an answer before. */
  refusedMs: Spread
  /** Of those on a new one, which wait to be taken, too: Node takes one in each turn of its loop. */
  refusedAnewMs: Spread
  /** When the last one was refused, in seconds from the beginning. */
  lastRefusal: number
  /** Requests whose connection was closed before they were answered. */
  unanswered: number
  /** Answers that are neither success nor `overloaded` or `too_many_requests` with a `Retry-After`. */
  strange: string[]
  /** Transfers that were answered as made, and as collected. */
  created: string[]
  collected: string[]
}

interface Spread {
  p50: number
  p99: number
  most: number
}

/**
 * A service as `npm start` runs it, with a Postgres of its own in a folder of its own, and programs that flood it from another process: were
 * those slow, it isn't the service. All of it is gone when the test ends.
 * @param where the folder is made
 */
export async function openFlood(where?: string) {
  const env = await ownFolder(where)
  const service = await started(env, packageJson.scripts.start.match(/--[\w-]+(=\d+)?/g) ?? [])
  const server = await joinEmbeddedPostgres(env.DATA_DIR)
  const names = Array.from({ length: PROGRAMS }, (_, index) => `flood-${index}`)
  const tokens = await Promise.all(names.map((name) => makeTokenIn(server.url, name)))
  await server.stop()
  const client = clientAt(service.url, tokens[0] ?? '')
  await Promise.all(PEOPLE.map((person) => client.issue(person, '1000')))
  const generator = fork(fileURLToPath(new URL('generator.ts', import.meta.url)))
  onTestFinished(() => void generator.kill('SIGKILL'))
  return {
    env,
    service,
    client,
    async send(order: Order): Promise<Outcome> {
      generator.send({ ...order, port: Number(new URL(service.url).port), tokens })
      const [outcome] = await once(generator, 'message')
      return outcome
    },
    /** What the service tells of itself. */
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${service.url}/metrics`)).text()
      const line = text.split('\n').find((line) => line.startsWith(`${name} `))
      if (!line) throw new Error(`There is no metric ${name}.`)
      return Number(line.slice(name.length))
    },
  }
}

export type Flood = Awaited<ReturnType<typeof openFlood>>
