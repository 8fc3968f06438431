import { resolve } from 'node:path'
import { checkDatabase } from '../../db/check.ts'
import { joinEmbeddedPostgres } from '../../db/embedded.ts'
import { connect } from '../../db/postgres.ts'
import { givenSecretKey, keepSecretKey } from '../access/secret-key.ts'
import { type Config, readConfig } from '../config.ts'
import { auditBooks } from '../operations/audit.ts'
import { BackupError } from '../operations/backup/file.ts'
import { restoreBackup } from '../operations/backup/restore.ts'
import { openLog } from '../operations/log.ts'
import type { Command } from './command.ts'
import { callersFolder } from './folder.ts'

/** `passalong restore` */
export const restore: Command = {
  words: ['FILE'],
  about: 'make books of what backup has written, in an empty DATA_DIR or an empty database of DATABASE_URL',
  details: [
    'It restores all or nothing. Balances are recomputed, and compared with those of when it was written; then all is audited. So books',
    'move to another machine, from DATA_DIR to DATABASE_URL, or back. It ends with 1 where the books are wrong.',
    'The secret key in it is kept in DATA_DIR, unless SECRET_KEY is set. An encrypted one needs BACKUP_PASSPHRASE.',
  ],
  flags: {},
  json: '{"at":"2026-11-26T12:00:00.000Z","root":"5d41…","rows":{"public.entries":4,…},"secretKey":"kept","right":true,"faults":[]}',
  async run({ words: [file = ''], print }) {
    const config = readConfig()
    const server = config.databaseUrl === undefined ? await joinEmbeddedPostgres(config.dataDir) : undefined
    try {
      const url = config.databaseUrl ? await checkDatabase(config.databaseUrl) : (server?.url as string)
      const given = await givenSecretKey(config)
      const restored = await restoreBackup(resolve(callersFolder(), file), {
        url,
        secretKey: given,
        passphrase: config.backupPassphrase,
        log: openLog((line) => void process.stderr.write(line)),
      })
      if (!given && restored.secretKey !== undefined) await keep(config, restored.secretKey)
      const { faults } = await auditOf(url)
      const { at, version, rows, root } = restored
      const secretKey = given ? 'given' : restored.secretKey === undefined ? 'missing' : 'kept'
      const right = faults.length === 0
      print(
        [
          `Restored: the books as of ${at}, written by Passalong ${version}.`,
          `${rows['public.accounts'] ?? 0} accounts, ${rows['public.transfers'] ?? 0} transfers, ${rows['public.entries'] ?? 0} entries; root ${root}, as it was then.`,
          KEYS[secretKey],
          ...faults,
          right
            ? 'The books are right. Start the service.'
            : 'THE BOOKS ARE WRONG, as they were when the backup was written.',
        ].join('\n'),
        { at, root, rows, secretKey, right, faults },
      )
      return right ? 0 : 1
    } finally {
      await server?.stop()
    }
  },
}

const KEYS = {
  given: 'The secret key is the one that is set here.',
  kept: 'The secret key is kept in DATA_DIR/secret.key. Processes with another DATA_DIR need it as SECRET_KEY.',
  missing:
    'The secret key is not in the backup: set SECRET_KEY to it before the service starts. Where it is lost, `replace-key` gives all open transfers back, and takes another one.',
}

const keep = (config: Config, key: string) =>
  keepSecretKey(config, key).catch(({ message }: Error) => {
    throw new BackupError(
      `The books are restored, but their key could not be kept in DATA_DIR (${message}): set SECRET_KEY to the secretKey in the first line of the backup.`,
    )
  })

async function auditOf(url: string) {
  const { db, close } = connect(url, { querySeconds: 0 })
  try {
    return await auditBooks(db)
  } finally {
    await close()
  }
}
