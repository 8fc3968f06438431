import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSql } from '../../db/drivers.ts'
import type { EmbeddedPostgres } from '../../db/embedded.ts'

/** For what the service's role may not do on the embedded server. */
export async function asSuperuser(
  server: Pick<EmbeddedPostgres, 'url'>,
  dataDir: string,
  statement: string,
): Promise<unknown[]> {
  const sql = openSql(await superuserUrl(server, dataDir), { max: 1, onnotice: () => {} })
  try {
    return Array.from(await sql.unsafe(statement))
  } finally {
    await sql.end()
  }
}

async function superuserUrl({ url }: Pick<EmbeddedPostgres, 'url'>, dataDir: string): Promise<string> {
  const address = new URL(url)
  address.username = 'passalong'
  address.password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8')
  return address.href
}
