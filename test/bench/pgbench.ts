import { execFileSync } from 'node:child_process'

const CLIENTS = '8'
const SECONDS = '8'
const SCALE = '10'

/** Debian's pgbench, if it is there. */
export function findPgbench(): string | undefined {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return 'pgbench'
  } catch {
    return undefined
  }
}

/** Transactions a second of pgbench's own tpcb-like script on this server. */
export function tpcb(pgbench: string, url: string): number {
  execFileSync(pgbench, ['--initialize', '--quiet', '--scale', SCALE, url], { stdio: 'ignore' })
  const report = execFileSync(pgbench, ['--client', CLIENTS, '--jobs', '2', '--time', SECONDS, url], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return Number(/tps = ([\d.]+)/.exec(report)?.[1])
}
