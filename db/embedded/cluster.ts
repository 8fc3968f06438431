import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { binaries, command, EmbeddedPostgresError, type Programs, run, type User } from './programs.ts'

/** A database cluster in a folder, and what it takes to run a server on it. */
export interface Cluster {
  /** PGDATA. */
  folder: string
  log: string
  /** The superuser's password. */
  password: string
  programs: Programs
  user: User | undefined
}

/** The cluster's superuser, and its only role until the service's role is made. */
export const SUPERUSER = 'passalong'

/** The advice at the end of error messages about the folder. */
export const MEND = 'choose another DATA_DIR, run passalong as the user that owns it, or set DATABASE_URL'

/**
 * Opens the cluster in `DATA_DIR/postgres`, and makes it where it is missing, with initdb's options for the locale. The folder holds the `cluster`, its `password` and
 * the `server.log`. It is made under another name and renamed when it is complete, so that it is never there in part, even where
 * a process is killed or several start at once.
 * @throws EmbeddedPostgresError
 */
export async function openCluster(
  dataDir: string,
  programs = binaries(),
  locale: readonly string[] = LOCALE,
): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true })
  const home = join(dataDir, 'postgres')
  const user = process.getuid?.() === 0 ? await userInsteadOfRoot(home, programs) : undefined
  if (!existsSync(home)) await initialise(home, programs, user, locale)
  const password = await readFile(join(home, 'password'), 'utf8')
  return { folder: join(home, 'cluster'), log: join(home, 'server.log'), password, programs, user }
}

async function initialise(
  home: string,
  programs: Programs,
  user: User | undefined,
  locale: readonly string[],
): Promise<void> {
  const draft = await mkdtemp(`${home}.new-`)
  try {
    const [password, log] = [join(draft, 'password'), join(draft, 'server.log')]
    // Flushed, as initdb does with its files: after a power cut, a cluster without its password would be of no use.
    await writeFile(password, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    await writeFile(log, '', { mode: 0o600 })
    if (user) for (const path of [draft, password, log]) await chown(path, user.uid, user.gid)
    const cluster = { folder: join(draft, 'cluster'), log, user }
    const options = [...INITDB, ...locale, `--pwfile=${password}`]
    const { uid, gid } = user ?? { uid: process.getuid?.(), gid: process.getgid?.() }
    if (await hasName(uid)) await run(programs.initdb, options, cluster)
    else
      await underName(join(draft, 'name'), `${uid}:${gid}`, (env) =>
        run(programs.initdb, options, cluster, env),
      )
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process may have been quicker: then its cluster is there.
    if (!existsSync(home)) throw error
  }
  for (const name of await readdir(dirname(home)))
    if (name.startsWith('postgres.new-'))
      await rm(join(dirname(home), name), { recursive: true, force: true }).catch(() => undefined)
}

/** Whether a user has a name on this system. `undefined`: this is Windows, where nobody asks. */
const hasName = async (uid: number | undefined): Promise<boolean> =>
  uid === undefined ||
  command('id', ['-un', String(uid)]).then(
    () => true,
    () => false,
  )

/**
 * initdb needs the name of the system's user, and in a container the user may have a number only: then nss_wrapper gives it one
 * (https://cwrap.org/nss_wrapper.html). The server itself needs none.
 * @param folder made for the time of the call
 * @param ids of the user and the group: `1234:1234`
 */
async function underName(folder: string, ids: string, call: (env: Record<string, string>) => Promise<void>) {
  const [uid, gid] = ids.split(':')
  const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')]
  await mkdir(folder)
  await writeFile(passwd, `passalong:x:${uid}:${gid}::/:/bin/sh\n`)
  await writeFile(group, `passalong:x:${gid}:\n`)
  await call({
    LD_PRELOAD: 'libnss_wrapper.so',
    NSS_WRAPPER_PASSWD: passwd,
    NSS_WRAPPER_GROUP: group,
  }).catch((error: Error) => {
    throw /could not look up effective user ID/.test(error.message)
      ? new EmbeddedPostgresError(
          `User ${uid} has no name on this system, and Postgres makes no new DATA_DIR without one: install nss_wrapper (libnss-wrapper in Debian), give it a line in /etc/passwd, run passalong as another user, or set DATABASE_URL.`,
        )
      : error
  })
  await rm(folder, { recursive: true })
}

const INITDB = [`--username=${SUPERUSER}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions']

/** Sorts and compares the same on every machine, whatever locales its system has. */
const LOCALE = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']

/**
 * The owner of the folder, or of DATA_DIR where there is no folder yet, as the service may be another user's; where that is root, the
 * system's user `postgres`, which is made where it is missing.
 */
async function userInsteadOfRoot(home: string, programs: Programs): Promise<User> {
  const owner = await stat(home).catch(() => stat(dirname(home)))
  const { uid, gid } = owner.uid ? owner : await systemUser()
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
