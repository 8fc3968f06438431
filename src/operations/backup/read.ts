import type { WaitingJob } from '../../delivery/queue.ts'
import { BackupError, BEGIN, END, END_OF_ROWS, Footer, Header, JOB, newHash, readLines } from './file.ts'

/** A backup that is being read. */
export type Backup = Awaited<ReturnType<typeof openBackup>>

/** Reads a backup line by line. */
export async function openBackup(file: string, passphrase: string | undefined) {
  const lines = readLines(file, passphrase)
  const hash = newHash()
  let footer: Footer | undefined

  const broken = (reason: string) => new BackupError(`${file}: ${reason}: take another backup.`)

  async function next(): Promise<Buffer> {
    const { value, done } = await lines.next()
    if (done) throw broken('its end is missing')
    return value
  }

  function parse<T>(shape: { safeParse(value: unknown): { data?: T } }, line: Buffer, begin: string): T {
    try {
      const { data } = shape.safeParse(JSON.parse(line.subarray(begin.length).toString()))
      if (data !== undefined) return data
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    throw broken(`a line that begins with "${begin.trim()}" can't be read`)
  }

  const first = await next()
  if (!startsWith(first, BEGIN)) throw new BackupError(`${file} is no backup of Passalong.`)
  hash.update(first)
  const header = parse(Header, first, BEGIN)

  return {
    header,
    broken,
    /** The next line that is no row; undefined at the end, whose hash was right. */
    async line(): Promise<Buffer | undefined> {
      const line = await next()
      if (!startsWith(line, END)) {
        hash.update(line)
        return line
      }
      footer = parse(Footer, line, END)
      if (hash.digest('hex') !== footer.sha256) throw broken('its content was changed')
      return undefined
    },
    /** The rows of a table, in chunks. */
    async *rows(): AsyncGenerator<Buffer> {
      let chunk: Buffer[] = []
      let size = 0
      for (let row = await next(); ; row = await next()) {
        hash.update(row)
        const isEnd = row.equals(LAST)
        if (!isEnd) {
          chunk.push(row)
          size += row.length
        }
        if (size > 0 && (isEnd || size > CHUNK)) {
          yield Buffer.concat(chunk)
          chunk = []
          size = 0
        }
        if (isEnd) return
      }
    },
    job: (line: Buffer) => JSON.parse(line.subarray(JOB.length).toString()) as WaitingJob,
    footer(): Footer {
      if (!footer) throw broken('its end is missing')
      return footer
    },
  }
}

const LAST = Buffer.from(END_OF_ROWS)
const CHUNK = 64 * 1024

/** Whether a line begins so. */
export const startsWith = (line: Buffer, text: string): boolean =>
  line.subarray(0, text.length).toString() === text
