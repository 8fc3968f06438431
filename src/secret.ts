import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newSecret } from './codes.ts'

/** The key that codes follow from: made once, kept in the data folder, readable by its owner alone. */
export async function keptSecretKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret.key')
  // 'wx': of two that start at once one writes, and both read the same key.
  await writeFile(file, newSecret(), { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const key = (await readFile(file, 'utf8')).trim()
  if (key.length < 32) throw new Error(`The key in ${file} is not whole: restore it from a backup.`)
  return key
}
