import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSql } from '../../db/drivers.ts'
import type { EmbeddedPostgres } from '../../db/embedded.ts'

/** The embedded server as its superuser sees it, who may do what the service's role may not. */
export async function superuserUrl({ url }: Pick<EmbeddedPostgres, 'url'>, dataDir: string): Promise<string> {
  const address = new URL(url)
  address.username = 'passalong'
  address.password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8')
  return address.href
}

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
