import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import packageFile from '../../package.json' with { type: 'json' }
import { have, image, packages } from '../support/image.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(project + path, 'utf8')

/** A program that checks a file, where this machine has it. */
function checked(program: string, ...words: string[]): boolean {
  const there = have(program, ...words)
  if (!there) console.warn(`\n*** NO ${program.toUpperCase()}: what is for it is NOT CHECKED. ***\n`)
  return there
}
const nginx = checked('nginx', '-v')
const caddy = checked('caddy', 'version')
const systemd = checked('systemd-analyze', '--version')
const haproxy = checked('haproxy', '-v')

test('npm, the image and the unit start the service by the same command', () => {
  const [, command] = /^exec node (.+?) \|\| node \1$/.exec(packageFile.scripts.start) ?? []
  expect(image.command.join(' ')).toBe(`node_modules/node/bin/node ${command}`)
  const unit = /^ExecStart=(.+)$/m.exec(read('docs/deploy/passalong.service'))?.[1]
  expect(unit).toBe(`/opt/passalong/node_modules/node/bin/node ${command}`)
})

test('the Dockerfile has no mistake, makes a user that is not root, and installs what the tests run with', () => {
  const dockerfile = read('Dockerfile')
  expect(validate(dockerfile)).toEqual([])
  expect(validate(dockerfile.replace('HEALTHCHECK', 'HEALTHCHEK'))).not.toEqual([])
  expect(dockerfile.match(/^USER .+$/gm)).toEqual(['USER 10001:10001'])
  expect(dockerfile).toContain(`--no-install-recommends ${packages.join(' ')} `)
})

describe('compose', () => {
  const alone = parse(read('compose.yaml'))
  const beside = parse(read('docs/deploy/compose.postgres.yaml'))

  test('gives the service nothing to write but its volume and /tmp, and no right of root', () => {
    expect(alone.services.passalong).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      volumes: ['data:/data'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
    expect(image.environment.DATA_DIR).toBe('/data')
    // What is published beyond this machine would go around the proxy.
    expect(alone.services.passalong.ports).toEqual([`127.0.0.1:3000:${image.environment.PORT}`])
  })

  test('declares each volume and secret that it names', () => {
    const services = [...Object.values(alone.services), ...Object.values(beside.services)] as {
      volumes?: string[]
      secrets?: string[]
    }[]
    const volumes = services.flatMap((service) => service.volumes ?? []).map((volume) => volume.split(':')[0])
    expect(Object.keys({ ...alone.volumes, ...beside.volumes })).toEqual([...new Set(volumes)])
    expect(Object.keys(beside.secrets)).toEqual(services.flatMap((service) => service.secrets ?? []))
  })
})

test.skipIf(!systemd)('systemd finds nothing wrong with the unit, and little that it could do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'passalong-unit-'))
  const unit = join(folder, 'passalong.service')
  // The program is not installed there.
  writeFileSync(unit, read('docs/deploy/passalong.service').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'))
  const analyze = (...words: string[]) =>
    execFileSync('systemd-analyze', [...words, unit], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  expect(analyze('verify')).toBe('')
  // In tenths: from 0 for nothing to 100 for everything.
  analyze('security', '--offline=true', '--threshold=15')
  rmSync(folder, { recursive: true })
})

test.skipIf(!caddy)('Caddy takes its file', () => {
  const words = ['validate', '--adapter', 'caddyfile', '--config', `${project}docs/deploy/Caddyfile`]
  execFileSync('caddy', words, { stdio: 'pipe' })
})

test.skipIf(!nginx)('nginx takes its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'passalong-nginx-'))
  mkdirSync(join(folder, 'logs'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const named = ['-keyout', key, '-out', certificate, '-subj', '/CN=pass.example.org']
  execFileSync('openssl', [...made, ...named], { stdio: 'ignore' })
  const site = read('docs/deploy/nginx.conf')
    .replace(/^(\s*ssl_certificate\s).+;$/m, `$1${certificate};`)
    .replace(/^(\s*ssl_certificate_key\s).+;$/m, `$1${key};`)
  const main = join(folder, 'nginx.conf')
  writeFileSync(main, `pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${site} }`)
  execFileSync('nginx', ['-t', '-q', '-p', folder, '-c', main], { stdio: 'pipe' })
  rmSync(folder, { recursive: true })
})

test.skipIf(!haproxy)('HAProxy takes its file', () => {
  execFileSync('haproxy', ['-c', '-q', '-f', `${project}docs/cluster/haproxy.cfg`], { stdio: 'pipe' })
})

test('a commit in the cluster is answered only with a standby, and its times fit into one another', () => {
  const { ttl, loop_wait, retry_timeout, ...rules } = parse(read('docs/cluster/patroni.yml')).bootstrap.dcs
  expect(rules).toMatchObject({ synchronous_mode: true, synchronous_mode_strict: true })
  expect(loop_wait + 2 * retry_timeout).toBeLessThanOrEqual(ttl)
})
