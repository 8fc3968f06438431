import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installFromDebian } from '../debian.ts'
import { freePort, isListening } from '../server.ts'

const isThere = () => existsSync('/usr/bin/prosody') && hasSlixmpp()

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (isThere()) return
  installFromDebian(
    ['prosody', 'python3-slixmpp'],
    'NO PROSODY OR NO SLIXMPP: all tests of XMPP are SKIPPED. Install both.',
  )
}

/** Whether a real XMPP server, and a client that isn't ours, can be had here. */
export const hasProsody = isThere()

function hasSlixmpp(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import slixmpp'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export const DOMAIN = 'localhost'
export const ROOMS = 'conference.localhost'
/** Rooms that give messages no ids of their own. */
export const PLAIN_ROOMS = 'plain.localhost'
export const CROWD = 'crowd.localhost'

export interface Prosody {
  port: number
  /** Where a component comes in that speaks for everybody at `CROWD`, by the secret `crowd`. https://xmpp.org/extensions/xep-0114.html */
  componentPort: number
  /** Makes an account with that password. */
  account(name: string, password: string): Promise<void>
  /** Ends it, as when it crashes. */
  kill(): Promise<void>
  /** Starts it again with the accounts that there are. */
  start(): Promise<void>
  close(): Promise<void>
}

interface Setting {
  /** In PEM: then nobody comes in without TLS. */
  certificate?: { cert: string; key: string }
  /** Whether it keeps the rooms of an account. */
  keepsBookmarks?: boolean
}

/** A Prosody of one's own. */
export async function startProsody({ certificate, keepsBookmarks = true }: Setting = {}): Promise<Prosody> {
  const home = await mkdtemp(join(tmpdir(), 'passalong-prosody-'))
  const [port, componentPort] = [await freePort(), await freePort()]
  const accounts = join(home, 'data', DOMAIN, 'accounts')
  await mkdir(accounts, { recursive: true })
  const config = join(home, 'prosody.cfg.lua')
  for (const [name, pem] of Object.entries(certificate ?? {})) await writeFile(join(home, `${name}.pem`), pem)
  const modules = [...MODULES, ...(certificate ? ['tls'] : []), ...(keepsBookmarks ? ['pep'] : [])]
  await writeFile(
    config,
    configOf({ home, port, componentPort, modules, isSecret: certificate !== undefined }),
  )
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const started = spawn('/usr/bin/prosody', ['--config', config, '-F'], { stdio: 'ignore' })
    child = started
    while (!(await isListening(port))) {
      if (started.exitCode !== null) throw new Error('Prosody did not start.')
      await sleep(20)
    }
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    port,
    componentPort,
    account: (name, password) =>
      writeFile(join(accounts, `${fileOf(name)}.dat`), `return { ["password"] = "${password}" };\n`),
    kill,
    start,
    async close() {
      await kill()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A name as Prosody writes it in a file's name. */
const fileOf = (name: string) =>
  name.replace(/[^A-Za-z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)

interface Config {
  home: string
  port: number
  componentPort: number
  modules: string[]
  isSecret: boolean
}

const MODULES = ['roster', 'saslauth', 'disco', 'ping', 'offline', 'mam']

const configOf = ({ home, port, componentPort, modules, isSecret }: Config) => `
run_as_root = true
daemonize = false
pidfile = "${home}/prosody.pid"
data_path = "${home}/data"
log = { error = "${home}/prosody.err" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = {}
component_ports = { ${componentPort} }
s2s_ports = {}
http_ports = {}
https_ports = {}
modules_enabled = { ${modules.map((name) => `"${name}"`).join(', ')} }
modules_disabled = { "s2s" }
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = ${isSecret}
${isSecret ? `ssl = { key = "${home}/key.pem", certificate = "${home}/cert.pem" }` : ''}
VirtualHost "${DOMAIN}"
Component "${CROWD}"
  component_secret = "crowd"
Component "${ROOMS}" "muc"
  modules_enabled = { "muc_mam" }
  ${ROOM_DEFAULTS}
Component "${PLAIN_ROOMS}" "muc"
  ${ROOM_DEFAULTS}
`

const ROOM_DEFAULTS = `restrict_room_creation = false
  muc_room_locking = false
  muc_room_default_public_jids = true`
