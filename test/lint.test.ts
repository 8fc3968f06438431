import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passalong-lint-'))
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8'))
  // Directions of imports are told by their paths alone.
  await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }))
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['db/planted.ts', '../src/money/amount.ts'],
  ['db/embedded/planted.ts', '../../bots/bot.ts'],
  ['src/planted.ts', '../bots/bot.ts'],
  ['src/shared/planted.ts', '../money/amount.ts'],
  ...['config', 'people/people', 'access/codes', 'delivery/queue', 'transfers/create', 'operations/log'].map(
    (name) => ['src/ledger/planted.ts', `../${name}.ts`],
  ),
  ...['ledger', 'money', 'people', 'access', 'delivery', 'transfers', 'operations'].flatMap((room) =>
    [
      '../../bots/bot.ts',
      '../core.ts',
      '../api/app.ts',
      '../pages/app.ts',
      '../http/root.ts',
      '../cli/run.ts',
    ].map((path) => [`src/${room}/planted.ts`, path]),
  ),
  ...['../../bots/bot.ts', '../api/app.ts', '../pages/app.ts', '../cli/run.ts'].map((path) => [
    'src/http/planted.ts',
    path,
  ]),
  ['src/api/planted.ts', '../pages/app.ts'],
  ['src/pages/planted.ts', '../api/app.ts'],
  ['src/texts/planted.ts', '../pages/language.ts'],
  ['src/texts/planted.ts', '../../bots/bot.ts'],
  ...['../money/amount.ts', '../shared/text.ts', 'node:crypto', 'hono'].map((path) => [
    'src/client/planted.ts',
    path,
  ]),
  ['bots/planted.ts', '../db/postgres.ts'],
  ['bots/telegram/planted.ts', '../../src/money/amount.ts'],
])('%s may not import %s', async (file, path) => {
  expect(await faultsIn(file, `import { planted } from '${path}'\nconsole.log(planted)\n`)).toEqual([
    expect.stringContaining('no-restricted-imports'),
  ])
})

test.each([
  ['src/service.ts', '../bots/registry.ts'],
  ['src/api/planted.ts', '../core.ts'],
  ['src/transfers/planted.ts', '../ledger/ledger.ts'],
  ['src/ledger/planted.ts', '../money/amount.ts'],
  ['src/ledger/planted.ts', '../../db/drivers.ts'],
  ['bots/telegram/planted.ts', '../../src/shared/text.ts'],
  ['bots/telegram/planted.ts', '../../src/texts/index.ts'],
  ['src/pages/planted.ts', '../texts/index.ts'],
  ['src/client/planted.ts', './api.ts'],
])('%s may import %s', async (file, path) => {
  expect(await faultsIn(file, `import { planted } from '${path}'\nconsole.log(planted)\n`)).toEqual([])
})

test('bots may know types of the core', async () => {
  const source = `import type { Api } from '../src/api/app.ts'\nexport type Planted = Api\n`
  expect(await faultsIn('bots/planted.ts', source)).toEqual([])
})

test('no file may import itself by way of another', async () => {
  await write(
    'src/money/first.ts',
    `import { second } from './second.ts'\nexport const first = () => second\n`,
  )
  const source = `import { first } from './first.ts'\nexport const second = () => first\n`
  expect(await faultsIn('src/money/second.ts', source)).toEqual([expect.stringContaining('no-cycle')])
})

async function write(file: string, source: string): Promise<string> {
  const path = join(folder, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, source)
  return path
}

/** The rules that a file breaks. */
async function faultsIn(file: string, source: string): Promise<string[]> {
  const path = await write(file, source)
  const lint = promisify(execFile)(join(root, 'node_modules/.bin/oxlint'), ['--format=json', file], {
    cwd: folder,
  })
  const { stdout } = await lint.catch((error: { stdout: string }) => error)
  await rm(path)
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] }
  return diagnostics.map(({ code }) => code)
}
