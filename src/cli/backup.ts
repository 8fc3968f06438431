import { resolve } from 'node:path'
import { writeBackup } from '../operations/backup/write.ts'
import { ownSecretKey, withBooks } from './books.ts'
import { type Command, UsageError } from './command.ts'
import { callersFolder } from './folder.ts'

/** `passalong backup` */
export const backup: Command = {
  words: ['FILE'],
  about: 'write all books to a file, beside the running service; restore makes books of it again',
  details: [
    'They are as of one moment. With BACKUP_PASSPHRASE the file is encrypted, and `age` opens it, too. It has the secret key in it, by',
    'which links are made: whoever reads it can collect what is open, so keep it as you keep the key.',
  ],
  flags: { 'without-key': { about: 'leave the secret key out; to restore it, SECRET_KEY has to be known' } },
  json: '{"file":"/backups/friday.sql.gz","at":"2026-11-26T12:00:00.000Z","root":"5d41…","rows":{"public.entries":4,…}}',
  run: ({ words: [file = ''], isOn, print }) =>
    withBooks(async (books) => {
      if (file.endsWith('/')) throw new UsageError(`${file} is a folder: name a file in it.`)
      const path = resolve(callersFolder(), file)
      const secretKey = isOn('without-key') ? undefined : await ownSecretKey(books)
      const { backupPassphrase: passphrase } = books.config
      const written = await writeBackup(books.sql, path, { secretKey, passphrase })
      const { rows, root } = written
      print(
        [
          `Written: ${path}`,
          `${rows['public.accounts'] ?? 0} accounts, ${rows['public.transfers'] ?? 0} transfers, ${rows['public.entries'] ?? 0} entries; root ${root}`,
          passphrase === undefined
            ? 'It is not encrypted, as BACKUP_PASSPHRASE is not set: keep it where nobody else reads it.'
            : 'It is encrypted by BACKUP_PASSPHRASE: without that nobody opens it, nor do you.',
        ].join('\n'),
        { file: path, ...written },
      )
    }),
}
