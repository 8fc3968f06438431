import { execFile } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { childOf, READY, startCommand } from '../support/command.ts'
import { clientAt, exitOf } from '../support/folder.ts'
import { have, havePackages, image } from '../support/image.ts'
import { newcomer } from '../support/service.ts'

/** A user id that stands in no list. */
const NAMELESS = '54321'
const project = fileURLToPath(new URL('../../', import.meta.url))
const possible = have('unshare', '--mount', '--pid', '--fork', 'true') && havePackages()
if (!possible)
  console.warn(
    "\n*** NO CONTAINER: the test of the image's file system is SKIPPED. It takes root, who may mount, libnss-wrapper and tini. ***\n",
  )

/**
 * The root of this machine, read-only; of what can be written there are a volume and /tmp alone. Folders that every Debian has stand
 * for those of the image: /srv for /app, and /media for /data.
 */
const CONTAINER = `
set -e
mount --make-rprivate /
mount --bind / /mnt
mount -o remount,ro,bind /mnt
mount --bind "$PROJECT" /mnt/srv
mount -o remount,ro,bind /mnt/srv
mount --bind "$VOLUME" /mnt/media
mount -t tmpfs tmpfs /mnt/tmp
mount -t proc proc /mnt/proc
mount --rbind /dev /mnt/dev
exec chroot /mnt setpriv ${userIs(NAMELESS)} --bounding-set=-all sh -c 'cd /srv; exec "$@"' sh "$@"`

test.skipIf(!possible)(
  'on a read-only root, as a user without a name or a right, it moves money, ends by SIGTERM in order, and goes on with its volume',
  async () => {
    const volume = await mkdtemp(join(tmpdir(), 'passalong-volume-'))
    onTestFinished(() => rm(volume, { recursive: true }))
    await chown(volume, Number(NAMELESS), Number(NAMELESS))

    const first = await start(volume)
    await expect(first.run('touch', 'src/written')).rejects.toThrow('Read-only file system')
    const client = clientAt(first.url, await first.run('src/passalong', 'token', 'test', '--may', 'all'))
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await client.issue(ada, '100')
    const { code, link } = await client.send(ada, '20')
    // It is drawn with fonts that are looked for in the user's home, too.
    expect((await fetch(`${link}/card.png`)).status).toBe(200)
    await client.collect(code, ben)
    expect(await first.stop()).toBe(0)
    expect(first.said()).toContain('finishing what is under way')
    expect(first.said()).not.toContain('not orderly')

    const second = await start(volume)
    const again = clientAt(second.url, await second.run('src/passalong', 'token', 'test', '--may', 'all'))
    expect(await again.balance(ben)).toBe('20.00')
    expect(await second.stop()).toBe(0)
  },
)

/** What the image starts, in a container of its own. */
async function start(volume: string) {
  const environment = {
    ...image.environment,
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: '/media',
    HOME: '/media',
  }
  expect(image.environment).toMatchObject({ DATA_DIR: '/data', HOME: '/data' })
  const { child, said } = startCommand(
    { PATH: process.env.PATH!, PROJECT: project, VOLUME: volume, ROLES: 'api,worker', ...environment },
    [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      'sh',
      '-c',
      CONTAINER,
      'sh',
      ...image.entrypoint,
      ...image.command,
    ],
  )
  await expect.poll(said, { timeout: 30_000 }).toMatch(READY)
  const first = await childOf(child.pid!)
  return {
    said,
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(said())![0],
    /** As `docker exec` does. */
    async run(...command: string[]): Promise<string> {
      const user = userIs(NAMELESS).split(' ')
      const inside = [
        '-t',
        String(first),
        '--mount',
        '--pid',
        '--root',
        '--wd',
        'setpriv',
        ...user,
        ...command,
      ]
      return (await promisify(execFile)('nsenter', inside, { env: environment })).stdout
    },
    stop(): Promise<number | null> {
      process.kill(first, 'SIGTERM')
      return exitOf(child)
    },
  }
}

function userIs(id: string): string {
  return `--reuid=${id} --regid=${id} --clear-groups --no-new-privs`
}
