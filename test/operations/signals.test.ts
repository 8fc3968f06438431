import { type ChildProcess, execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { childOf, READY, startCommand } from '../support/command.ts'
import { emptyFolder } from '../support/embedded.ts'
import { commandLine, exitOf, ownFolder, settingsOf, started } from '../support/folder.ts'
import type { Env } from '../support/process.ts'

const run = promisify(execFile)
const works = (program: string, ...words: string[]) =>
  run(program, words).then(
    () => true,
    () => false,
  )
const namespaces = await works('unshare', '--fork', '--pid', '--mount-proc', 'true')
const terminals = await works('script', '-qec', 'true', '/dev/null')
if (!namespaces)
  console.warn(
    '\n*** NO NAMESPACES: two tests of signals in a container are SKIPPED. Only root may make some. ***\n',
  )
if (!terminals)
  console.warn('\n*** NO TERMINAL: the tests of one are SKIPPED. Install script (of bsdutils). ***\n')

type Signal = (child: ChildProcess) => unknown
const npm = ['npm', 'start']
const own = [process.execPath, 'src/main.ts']
const inNamespace = ['unshare', '--fork', '--pid', '--mount-proc']

const WAYS: [string, string[], Signal, boolean?][] = [
  ['to the service', own, ({ pid }) => process.kill(pid!, 'SIGTERM')],
  ['to npm alone', npm, ({ pid }) => process.kill(pid!, 'SIGTERM')],
  ['to what npm has started', npm, async ({ pid }) => process.kill(await childOf(pid!), 'SIGTERM')],
  ['to the whole group', npm, ({ pid }) => process.kill(-pid!, 'SIGTERM')],
  [
    'to npm as the first process of a container',
    [...inNamespace, ...npm],
    async ({ pid }) => process.kill(await childOf(pid!), 'SIGTERM'),
    namespaces,
  ],
  [
    'to the service as the first process of a container',
    [...inNamespace, ...own],
    async ({ pid }) => process.kill(await childOf(pid!), 'SIGTERM'),
    namespaces,
  ],
  [
    'by Ctrl-C in a terminal',
    ['script', '-qec', 'exec npm start', '/dev/null'],
    ({ stdin }) => stdin!.write('\x03'),
    terminals,
  ],
]

test.for(WAYS)(
  'a signal %s ends the service and its Postgres in order',
  async ([, command, signal, possible = true], { skip }) => {
    if (!possible) skip(`There is no ${command[0]} here that can do it.`)
    const env = await ownFolder()
    const { child, said } = startCommand(env, command)
    await expect.poll(said, { timeout: 30_000 }).toMatch(READY)
    await signal(child)
    expect(await exitOf(child)).toBe(0)
    expect(said()).toContain('finishing what is under way')
    expect(said()).not.toContain('not orderly')
    await expectNothingLeft(env)
  },
)

test('a signal while it starts ends it in order', async () => {
  const env = settingsOf(await emptyFolder())
  const { child, said } = startCommand(env, own)
  // By then it listens for signals, and makes its database.
  await expect.poll(() => readdir(env.DATA_DIR), { timeout: 30_000 }).not.toEqual([])
  child.kill('SIGTERM')
  expect(await exitOf(child)).toBe(0)
  expect(said()).toContain('finishing what is under way')
  await expectNothingLeft(env)
})

test('the last answer of a connection that was kept alive says that it is the last', async () => {
  const env = await ownFolder()
  const service = await started(env)
  const { socket, answers } = await openRequest(env, service.url)
  socket.write('{')
  await sleep(100)
  service.child.kill('SIGTERM')
  await expect.poll(() => service.lines.join()).toContain('finishing what is under way')
  await sleep(200)
  socket.write('}')
  await expect.poll(answers).toMatch(/^HTTP\/1.1 4[^]*\r\nconnection: close\r\n/i)
  expect(await exitOf(service.child)).toBe(0)
})

test('a second signal ends it at once, and says so', async () => {
  const env = await ownFolder()
  const service = await started(env)
  await openRequest(env, service.url)
  service.child.kill('SIGTERM')
  await sleep(1500)
  service.child.kill('SIGINT')
  expect(await exitOf(service.child)).toBe(1)
  expect(service.lines.join()).toContain('ended at once by a second signal')
})

test('an end that does not come is given up: it says what it waited for, ends Postgres in order, and ends with 1', async () => {
  const env = await ownFolder()
  const service = await started(env)
  await openRequest(env, service.url)
  service.child.kill('SIGTERM')
  expect(await exitOf(service.child)).toBe(1)
  expect(service.lines.at(-1)).toContain('still waited for answers under way')
  await expectNothingLeft(env)
})

test('a terminal is told in plain words, and a pipe in JSON alone', async ({ skip }) => {
  if (!terminals) skip('There is no script here that makes a terminal.')
  const env = { ...(await ownFolder()), PUBLIC_URL: '', ASSETS: '' }
  const terminal = startCommand(env, ['script', '-qec', own.join(' '), '/dev/null'])
  await expect
    .poll(terminal.said, { timeout: 30_000 })
    .toMatch(/^Passalong is ready: http:\/\/127\.0\.0\.1:\d+\r$/m)
  expect(terminal.said()).toMatch(/^\d\d:\d\d:\d\d WARN links and QR codes open on this machine alone/m)
  expect(terminal.said()).not.toContain('{')
  terminal.child.stdin!.write('\x03')
  await exitOf(terminal.child)

  const pipe = startCommand(env, own)
  await expect.poll(pipe.said, { timeout: 30_000 }).toMatch(READY)
  pipe.child.kill('SIGTERM')
  await exitOf(pipe.child)
  for (const line of pipe.said().trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow()
})

/** A connection with a request of which the body is yet to come. */
async function openRequest(env: Env, url: string): Promise<{ socket: Socket; answers: () => string }> {
  const token = await commandLine(env, 'token', 'test', '--may', 'all')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let answers = ''
  socket.on('data', (text) => (answers += text)).on('error', () => {})
  const head = [
    'POST /v1/claims HTTP/1.1',
    'Host: pass.test',
    `Authorization: Bearer ${token.trim()}`,
    'Content-Type: application/json',
    'Content-Length: 2',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await sleep(300)
  return { socket, answers: () => answers }
}

/** No process is left on the folder, and Postgres has ended of itself. */
async function expectNothingLeft({ DATA_DIR }: Env): Promise<void> {
  expect(await processesOf(DATA_DIR)).toEqual([])
  const postgres = join(DATA_DIR, 'postgres')
  expect(existsSync(join(postgres, 'cluster', 'postmaster.pid'))).toBe(false)
  const log = await readFile(join(postgres, 'server.log'), 'utf8')
  expect(log.trim().split('\n').at(-1)).toContain('database system is shut down')
}

/** Those that were given it by their environment; none where the system does not tell. */
async function processesOf(folder: string): Promise<string[]> {
  if (!existsSync('/proc/self/environ')) return []
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const environments = await Promise.all(
    numbers.map((number) => readFile(`/proc/${number}/environ`, 'utf8').catch(() => '')),
  )
  return numbers.filter((_, index) => environments[index]!.includes(folder))
}
