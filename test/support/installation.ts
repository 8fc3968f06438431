import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  code: number
  out: string
  error: string
}

export interface Called {
  env?: Record<string, string>
  cwd?: string
  /** What comes by the standard input. */
  input?: string | Buffer
}

export type Installation = Awaited<ReturnType<typeof install>>

/** A copy of the project, without an `.env`, and without books unless it is told of some. */
export async function install(settings: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-installation-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  const project = fileURLToPath(new URL('../../', import.meta.url))
  for (const part of ['src', 'db', 'bots', 'package.json'])
    await cp(join(project, part), join(folder, part), { recursive: true })
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'))

  /** Runs a program with nothing of our own environment but where the system's programs are. */
  const run = (program: string, words: string[], { env, cwd = tmpdir(), input }: Called = {}) =>
    new Promise<Outcome>((resolve) => {
      const options = { env: { PATH: '/usr/bin:/bin', ...settings, ...env }, cwd, timeout: 50_000 }
      const child = execFile(program, words, options, (failure, out, error) =>
        resolve({ code: failure ? Number(failure.code ?? -1) : 0, out, error }),
      )
      child.stdin?.end(input)
    })
  const node = join(folder, 'node_modules/node/bin/node')
  return {
    folder,
    run,
    passalong: (words: string[], called?: Called) => run(join(folder, 'src/passalong'), words, called),
    /** Ends by itself only where it can't start. */
    service: (called?: Called) => run(node, [join(folder, 'src/main.ts')], { cwd: folder, ...called }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
