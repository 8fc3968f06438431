import { execFile, spawn } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { installClient } from '../support/client.ts'
import { stopProcess } from '../support/process.ts'
import { freePort } from '../support/server.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

test('the shop of docs/shop.md works as it stands there', async () => {
  const service = await startTestService({
    roles: 'api,worker,playground',
    environment: { WEBHOOK_NETWORKS: '127.0.0.1' },
  })
  onTestFinished(service.close)
  const port = await freePort()
  const { folder, remove } = await installClient()
  onTestFinished(remove)
  const page = (await readFile(join(root, 'docs/shop.md'), 'utf8'))
    .replaceAll('http://127.0.0.1:3000', service.url)
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`)
    .replace('listen(4000,', `listen(${port},`)
  const blocks = [...page.matchAll(/^```(?:sh|js) ?(\S*)\n(.*?)^```/gms)].map(([, name, text]) => ({
    name,
    text,
  }))
  const block = (name: string) => blocks.find((one) => one.name === name)?.text ?? ''

  await mkdir(join(folder, 'src'))
  await symlink(join(root, 'src/passalong'), join(folder, 'src/passalong'))
  await writeFile(join(folder, 'shop.mjs'), block('shop.mjs'))

  const settings = {
    PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
    DATABASE_URL: service.database,
    SECRET_KEY: service.secretKey,
  }
  /** Runs blocks in one shell, and answers what it has exported by then. */
  async function inShell(script: string, environment: NodeJS.ProcessEnv) {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', `{ ${script}\n} >&2; env -0`], {
      cwd: folder,
      env: environment,
    })
    return Object.fromEntries(
      stdout
        .split('\0')
        .filter(Boolean)
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
  }
  const steps = blocks.flatMap(({ name, text }) => (name === '' ? text : []))
  const refund = steps.pop() ?? ''
  const environment = await inShell(steps.join('\n'), settings)

  const shop = spawn(process.execPath, ['shop.mjs'], { cwd: folder, env: environment, stdio: 'inherit' })
  onTestFinished(async () => void (await stopProcess(shop)))
  const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  await expect
    .poll(() =>
      at('/').then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    .toBe(true)
  expect(await (await at('/')).text()).toContain('Buy a book for 5.00')
  const bought = await at('/buy', { method: 'POST', redirect: 'manual' })
  const address = bought.headers.get('location') ?? ''
  expect(await (await fetch(address)).text()).toContain('5.00')
  expect(await (await at('/orders/4711')).text()).toBe('It is not paid yet.')

  const ask = address.split('/').at(-1)
  const paid = await fetch(`${service.url}/v1/asks/${ask}/payments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${environment['CUSTOMER_TOKEN']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ by: { messenger: 'playground', id: 'customer' } }),
  })
  expect(paid.status).toBe(201)
  await expect.poll(async () => (await at('/orders/4711')).text()).toBe('It is paid: here is your book.')

  // Nobody is believed who isn't the service.
  expect((await at('/passalong', { method: 'POST', body: '{"type":"ask.completed"}' })).status).toBe(400)
  await inShell(refund, environment)
  expect(await service.client.balance({ messenger: 'playground', id: 'customer' }, 'PLAY')).toBe('15.00')
})
