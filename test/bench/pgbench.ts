import { execFileSync } from 'node:child_process'
import { openSql } from '../../db/drivers.ts'

const CLIENTS = '8'
const SECONDS = '6'
const SCALE = '10'
const DATABASE = 'yardstick'

/** Transactions a second of pgbench's own tpcb-like script, in a database of its own on this server. */
export async function openYardstick(url: string): Promise<() => number | undefined> {
  const pgbench = find()
  if (!pgbench) {
    console.log(
      '*** NO PGBENCH: there is no yardstick, and so no ratios. Debian has it in postgresql-contrib. ***\n',
    )
    return () => undefined
  }
  const sql = openSql(url, { max: 1 })
  await sql.unsafe(`create database ${DATABASE}`)
  await sql.end()
  const target = new URL(url)
  target.pathname = DATABASE
  // A pgbench older than 16 does not know "require_auth".
  target.search = ''
  execFileSync(pgbench, ['--initialize', '--quiet', '--scale', SCALE, target.href], { stdio: 'ignore' })
  return () => {
    const report = execFileSync(
      pgbench,
      ['--client', CLIENTS, '--jobs', '2', '--time', SECONDS, target.href],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    return Number(/tps = ([\d.]+)/.exec(report)?.[1])
  }
}

function find(): string | undefined {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return 'pgbench'
  } catch {
    return undefined
  }
}
