import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** `@passalong/client` as npm publishes it, built and installed into a folder that has nothing else. */
export async function installClient() {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-client-'))
  const place = join(folder, 'node_modules/@passalong/client')
  await mkdir(place, { recursive: true })
  await run('npm', ['pack', '--workspace', '@passalong/client', '--pack-destination', folder], { cwd: root })
  const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  await run('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', place])
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return {
    folder,
    place,
    /** Its module, as a program in that folder has it. */
    load: () => import(pathToFileURL(join(place, 'dist/index.js')).href),
    /** What the compiler says of a program in that folder. */
    async compiled(source: string): Promise<string> {
      await writeFile(join(folder, 'program.ts'), source)
      const options = {
        strict: true,
        noEmit: true,
        target: 'es2022',
        module: 'nodenext',
        skipLibCheck: false,
        types: [],
      }
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: options, files: ['program.ts'] }),
      )
      const tsc = join(root, 'node_modules/.bin/tsc')
      return run(tsc, ['-p', folder]).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      )
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
