import { privateMegabytes, processesOfPostgres, residentMegabytes } from '../../bench/cpu.ts'
import { median } from '../../bench/table.ts'
import { type Flood, FULL } from './index.ts'

/** As much more, in MB, may be held in the last quarter than in the second: what a collector leaves for later comes and goes. */
export const FLAT_MB = 50

/** Where folders are on a disk: the books of an hour need tens of gigabytes. */
export const DISK = '/var/tmp'

const SPANS = 40

/** In MB. */
interface Held {
  /** By the process of the service. */
  resident: number
  /** By its V8, at the least: what is left when it was collected. */
  heap: number
  /** By all processes of Postgres, without the buffers that they share. */
  postgres: number
}

/**
 * Asks as much as a service can do for so many minutes.
 * @returns how much more was held in the last quarter than in the second, by the medians
 */
export async function riseOfMemory(flood: Flood, minutes: number): Promise<Held> {
  const spans: Held[] = []
  for (let span = 1; span <= SPANS; span++) {
    const samples: Held[] = []
    // On a busy machine one may not be had in time: the others tell enough.
    const sample = () =>
      heldBy(flood).then(
        (held) => void samples.push(held),
        () => undefined,
      )
    const timer = setInterval(sample, 1000)
    const { done, refused, strange } = await flood.send({ seconds: (minutes * 60) / SPANS, atOnce: FULL })
    clearInterval(timer)
    if (refused > 0 || strange.length > 0) throw new Error(`${refused} a second were refused. ${strange[0]}`)
    const held = {
      resident: median(samples.map(({ resident }) => resident)),
      heap: Math.min(...samples.map(({ heap }) => heap)),
      postgres: median(samples.map(({ postgres }) => postgres)),
    }
    spans.push(held)
    console.log(
      `${((span * minutes) / SPANS).toFixed(1)} minutes: ${Math.round(done)} a second; ${told(held)}`,
    )
  }
  const quarter = (nth: number, what: keyof Held) =>
    median(spans.slice((nth * SPANS) / 4, ((nth + 1) * SPANS) / 4).map((span) => span[what]))
  const rise = (what: keyof Held) => quarter(3, what) - quarter(1, what)
  const rises = { resident: rise('resident'), heap: rise('heap'), postgres: rise('postgres') }
  console.log(`In the last quarter more than in the second: ${told(rises)}`)
  return rises
}

async function heldBy({ env, service, metric }: Flood): Promise<Held> {
  return {
    resident: residentMegabytes(service.child.pid ?? 0) ?? 0,
    heap: (await metric('nodejs_heap_size_used_bytes')) / 1e6,
    postgres: privateMegabytes(processesOfPostgres(env.DATA_DIR)),
  }
}

const told = ({ resident, heap, postgres }: Held) =>
  `service ${resident.toFixed(0)} MB, of it V8's heap ${heap.toFixed(0)}; Postgres ${postgres.toFixed(0)}`
