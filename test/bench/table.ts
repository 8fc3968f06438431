import type { Cpu } from './cpu.ts'

/** One measurement: so many of it, in so many seconds, for so much processor time. */
export interface Measured {
  row: string
  count: number
  seconds: number
  cpu?: Cpu
}

/** Rows as they are measured, round by round, each beside the yardstick of its round. */
export interface Table {
  /** A new round begins: what pgbench has just done a second, where it is there. */
  begin(yardstick: number | undefined): void
  add(measured: Measured): void
  print(title: string): void
}

export function openTable(): Table {
  const yardsticks: (number | undefined)[] = []
  const rows = new Map<string, { rate: number; ratio: number | undefined; measured: Measured }[]>()
  return {
    begin: (yardstick) => void yardsticks.push(yardstick),
    add(measured) {
      const rate = measured.count / measured.seconds
      const yardstick = yardsticks.at(-1)
      const list = rows.get(measured.row) ?? []
      list.push({ rate, ratio: yardstick && rate / yardstick, measured })
      rows.set(measured.row, list)
    },
    print(title) {
      console.log(
        `\n| ${title} | a second | times tpcb-like | µs of Node | µs of Postgres | µs of the load |`,
      )
      console.log('|---|--:|--:|--:|--:|--:|')
      const told = yardsticks.flatMap((yardstick) => yardstick ?? [])
      if (told.length > 0)
        console.log(`| pgbench tpcb-like, 8 clients | ${Math.round(median(told))} | 1 | | | |`)
      for (const [row, list] of rows) {
        const ratios = list.flatMap(({ ratio }) => ratio ?? [])
        const micros = (who: keyof Cpu) => {
          const spent = list.flatMap(
            ({ measured: { cpu, count } }) => (cpu?.[who] ?? 0) * (1e6 / count) || [],
          )
          return spent.length > 0 ? median(spent).toFixed(spent[0] && spent[0] > 100 ? 0 : 1) : ''
        }
        const ratio = ratios.length > 0 ? median(ratios).toFixed(ratios[0] && ratios[0] < 1 ? 2 : 1) : '–'
        const rate = Math.round(median(list.map((one) => one.rate)))
        console.log(
          `| ${row} | ${rate} | ${ratio} | ${micros('node')} | ${micros('postgres')} | ${micros('load')} |`,
        )
      }
    },
  }
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** The value that so large a part of all is not above. */
export function percentile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
