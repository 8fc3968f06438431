import { createHash, type Hash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline as pipe, Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'

/** Why a backup can't be written or read: one line, which says how to go on. */
export class BackupError extends Error {}

/** What stands at the beginning of a backup. */
export const Header = z.object({
  format: z.literal(1),
  /** RFC 3339. */
  at: z.string(),
  /** Of Passalong. */
  version: z.string(),
  /** The last one that had been made in the books: its time, in milliseconds. */
  migration: z.number(),
  /** The secret key; it may have been left out. */
  secretKey: z.string().optional(),
})
export type Header = z.output<typeof Header>

/** What stands at its end. */
export const Footer = z.object({
  /** How many rows each table has. */
  rows: z.record(z.string(), z.number()),
  /** The hash of all balances, as `rootOf` makes it. */
  root: z.string(),
  /** The hash of all that stands before. */
  sha256: z.string(),
})
export type Footer = z.output<typeof Footer>

/** A job that a messenger was still to do: `-- job {…}`. */
export const JOB = '-- job '
export const BEGIN = '-- passalong backup '
export const END = '-- passalong end '
/** Ends the rows of a table, as psql reads it. No row reads so, as a backslash in it is doubled. */
export const END_OF_ROWS = '\\.\n'

/**
 * Writes a file that only its owner can read, compressed, and with a passphrase encrypted as `age` does: https://age-encryption.org/v1. It has its
 * name only once it is whole and on the disk.
 * @throws BackupError where there is a file of that name
 */
export async function writeFile(
  file: string,
  text: AsyncIterable<Uint8Array>,
  passphrase: string | undefined,
): Promise<void> {
  const isThere = () => new BackupError(`${file} is there already: name another file.`)
  if (existsSync(file)) throw isThere()
  const part = `${file}.${randomUUID()}.part`
  try {
    const compressed = through(Readable.from(text), createGzip())
    const written = passphrase === undefined ? compressed : await encrypted(compressed, passphrase)
    await pipeline(written, createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }))
    if (existsSync(file)) throw isThere()
    await rename(part, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(part, { force: true })
    throw isFileError(error) ? new BackupError(`${file} cannot be written (${error.message}).`) : error
  }
}

/** The lines of a backup, each with its line break. @throws BackupError where it can't be read, or not to its end */
export async function* readLines(file: string, passphrase: string | undefined): AsyncGenerator<Buffer> {
  try {
    const compressed = (await isEncrypted(file))
      ? await decrypted(createReadStream(file), passphrase, file)
      : createReadStream(file)
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of through(compressed, createGunzip()) as AsyncIterable<Buffer>) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      let from = 0
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.subarray(from, end + 1)
        from = end + 1
      }
      rest = bytes.subarray(from)
    }
    if (rest.length > 0) throw new BackupError(`${file} ends in the middle of a line.`)
  } catch (error) {
    if (error instanceof BackupError) throw error
    const { message } = error as Error
    throw new BackupError(
      isFileError(error)
        ? `${file} cannot be read (${message}).`
        : `${file} is not whole, or no backup (${message}): take another one.`,
    )
  }
}

/**
 * What comes out of `transform`, which fails where `source` does. (Of what is made by `compose` an error may reach nobody, who then waits
 * for ever.)
 */
function through<T extends Transform>(source: Readable, transform: T): T {
  pipe(source, transform, () => {})
  return transform
}

/** So that the name is there after a power cut, too. Not every system can do that. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export const newHash = (): Hash => createHash('sha256')

async function encrypted(plain: Readable, passphrase: string): Promise<Readable> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  return Readable.fromWeb((await encrypter.encrypt(webOf(plain))) as ReadableStream)
}

async function decrypted(source: Readable, passphrase: string | undefined, file: string): Promise<Readable> {
  if (passphrase === undefined)
    throw new BackupError(`${file} is encrypted: set BACKUP_PASSPHRASE as it was when it was written.`)
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  const plain = await decrypter.decrypt(webOf(source)).catch(() => {
    throw new BackupError(
      `BACKUP_PASSPHRASE: it doesn't open ${file}: set it as it was when that was written, or take another backup.`,
    )
  })
  return Readable.fromWeb(plain as ReadableStream)
}

const webOf = (stream: Readable) => Readable.toWeb(stream) as unknown as globalThis.ReadableStream<Uint8Array>

async function isEncrypted(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read({ buffer: Buffer.alloc(MAGIC.length), position: 0 })
    return buffer.toString('latin1') === MAGIC
  } finally {
    await handle.close()
  }
}

const MAGIC = 'age-encryption.org/v1'

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof (error as NodeJS.ErrnoException).syscall === 'string'
