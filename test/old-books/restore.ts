import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { openSql } from '../../db/drivers.ts'

/** A database without a single table, on the server of the test run. */
export async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { server } = inject('databases')
  const name = `old_books_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await execute(server, `create database ${name}`)
  return { url: url.href, drop: () => execute(server, `drop database ${name} with (force)`) }
}

async function execute(server: string, statement: string): Promise<void> {
  const sql = openSql(server, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
