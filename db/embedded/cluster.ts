import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { binaries, command, EmbeddedPostgresError, type Programs, run, type User } from './programs.ts'

/** A folder with a database cluster, and all that it takes to run a server in it. */
export interface Cluster {
  /** What Postgres calls PGDATA. */
  folder: string
  log: string
  /** The superuser's. */
  password: string
  programs: Programs
  user: User | undefined
}

/** The cluster's superuser, and its only role until the service has made its own. */
export const SUPERUSER = 'passalong'

export const MEND = 'choose another DATA_DIR, run passalong as the user that owns it, or set DATABASE_URL'

/**
 * `DATA_DIR/postgres` holds the `cluster`, its `password` and the `server.log`. It is made beside its place and moved
 * there when it is complete: it exists as a whole or not at all, whoever is killed and however many start at once.
 */
export async function openCluster(dataDir: string): Promise<Cluster> {
  const programs = binaries()
  await mkdir(dataDir, { recursive: true })
  const home = join(dataDir, 'postgres')
  const user = process.getuid?.() === 0 ? await userInsteadOfRoot(home, programs) : undefined
  if (!existsSync(home)) await initialise(home, programs, user)
  const password = await readFile(join(home, 'password'), 'utf8')
  return { folder: join(home, 'cluster'), log: join(home, 'server.log'), password, programs, user }
}

async function initialise(home: string, programs: Programs, user: User | undefined): Promise<void> {
  if (!user) requireName()
  const draft = await mkdtemp(`${home}.new-`)
  try {
    const password = join(draft, 'password')
    // Flushed, as initdb does with its files: a cluster without its password is of no use after a power cut.
    await writeFile(password, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    if (user) for (const path of [draft, password]) await chown(path, user.uid, user.gid)
    const cluster = { folder: join(draft, 'cluster'), log: join(draft, 'server.log'), user }
    await run(programs.initdb, [...INITDB, `--pwfile=${password}`], cluster)
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another start may have been quicker: then its cluster is there, and as good.
    if (!existsSync(home)) throw error
  }
  for (const name of await readdir(dirname(home)))
    if (name.startsWith('postgres.new-'))
      await rm(join(dirname(home), name), { recursive: true, force: true }).catch(() => undefined)
}

/** initdb asks the system for the name of its user, whatever it is told; a container may run under a number alone. */
function requireName(): void {
  try {
    userInfo()
  } catch {
    throw new EmbeddedPostgresError(
      `User ${process.getuid?.()} has no name on this system, and Postgres makes no new DATA_DIR without one: give it a line in /etc/passwd, run passalong as another user, or set DATABASE_URL.`,
    )
  }
}

const INITDB = [
  `--username=${SUPERUSER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--no-instructions',
  // Sorts and compares alike on every machine, whatever its system knows of languages.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
]

/** The owner of the folder; before there is one, the system's user `postgres`, made where it is missing. */
async function userInsteadOfRoot(home: string, programs: Programs): Promise<User> {
  const owner = await stat(home).catch(() => undefined)
  const { uid, gid } = owner?.uid ? owner : await systemUser()
  for (const path of [dirname(home), programs.initdb])
    await command('test', ['-x', path], { uid, gid }).catch(() => {
      throw new EmbeddedPostgresError(
        `Postgres does not run as root, and its own user (${uid}) cannot reach ${path}: ${MEND}.`,
      )
    })
  return { uid, gid }
}

async function systemUser(): Promise<User> {
  const id = async (option: string) => Number((await command('id', [option, 'postgres'])).stdout)
  const find = async () => ({ uid: await id('-u'), gid: await id('-g') })
  try {
    return await find().catch(async () => {
      await command('groupadd', ['--force', '--system', 'postgres'])
      await command('useradd', ['--system', '--gid', 'postgres', '--shell', '/usr/sbin/nologin', 'postgres'])
      return find()
    })
  } catch {
    throw new EmbeddedPostgresError(
      'Postgres does not run as root, and its user "postgres" cannot be made here: run passalong as another user, or set DATABASE_URL.',
    )
  }
}
