import { count, eq } from 'drizzle-orm'
import { startEmbeddedPostgres } from '../../db/embedded.ts'
import { transfers } from '../../db/schema.ts'
import { givenSecretKey, isOwnSecretKey, keepNewSecretKey, replaceSecretKey } from '../access/secret-key.ts'
import { ConfigError } from '../config.ts'
import { openLedger } from '../ledger/ledger.ts'
import { type Books, withBooks } from './books.ts'
import type { Command } from './command.ts'

/** `passalong replace-key` */
export const replaceKey: Command = {
  words: [],
  about: 'where SECRET_KEY is lost: give all open transfers back, and take another key',
  details: [
    'Stop the service first. Everybody keeps what they have: balances need no key. The links of open transfers',
    'end, so the money in them goes back to its senders; links to transfers of before are dead from then on.',
    'Webhooks are signed with other secrets, too: each program asks for its own anew.',
    'The new key is SECRET_KEY; without it, and without DATABASE_URL, it is made and kept in DATA_DIR.',
  ],
  flags: { 'dry-run': { about: 'say what would happen, and change nothing' } },
  json: '{"returned":2,"dryRun":false}',
  run: (call) => withBooks((books) => replace(books, call), startEmbeddedPostgres),
}

const replace: (books: Books, call: Parameters<Command['run']>[0]) => Promise<void> = async (
  { config, url, db, sql },
  { isOn, print },
) => {
  const others = await sql`
    select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and (application_name like 'passalong%' or application_name = current_setting('application_name'))`
  if (others.length > 0)
    throw new ConfigError('DATABASE_URL: the service runs on these books: stop it first.')
  const given = await givenSecretKey(config)
  if (given && (await isOwnSecretKey(db, given)))
    throw new ConfigError(
      'SECRET_KEY: it is the key of these books, and nothing is to be done. To take another one, set that first.',
    )
  if (!given && config.databaseUrl)
    throw new ConfigError(
      'SECRET_KEY: with DATABASE_URL it has to be set, to the new key: `openssl rand -base64 32` makes one.',
    )
  if (isOn('dry-run')) {
    const [open] = await db.select({ count: count() }).from(transfers).where(eq(transfers.state, 'open'))
    const returned = open?.count ?? 0
    print(`Open transfers that would be given back: ${returned}. Then the new key would be taken.`, {
      returned,
      dryRun: true,
    })
    return
  }
  const key = given ?? (await keepNewSecretKey(config))
  const ledger = openLedger(url)
  try {
    const returned = await ledger.returnAll(db)
    await replaceSecretKey(db, key)
    print(`Open transfers given back: ${returned}. The new key is taken: start the service.`, {
      returned,
      dryRun: false,
    })
  } finally {
    await ledger.close()
  }
}
