import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { isIP, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity, connect as startTls } from 'node:tls'
import type { Address, Host, Tls } from './address.ts'
import { ScramSocket } from './scram.ts'

/**
 * Connects to one host, with or without TLS as the address says, up to the point where Postgres's own protocol begins:
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 * @throws with code `CONNECT_TIMEOUT` after the address's timeout, `NO_TLS` where the server has none, or Node's own codes
 */
export async function dial(address: Address, host: Host): Promise<Socket> {
  const patience = AbortSignal.timeout(address.connectTimeout * 1000)
  const open = (tls: Tls | undefined) => openSocket(address, host, tls, patience)
  try {
    const { tls } = address
    // Mode `allow` uses TLS only where the login without it was refused: see LOGINS in check.ts.
    if (isFolder(host) || tls.mode === 'disable' || tls.mode === 'allow') return await open(undefined)
    return await open(tls).catch((error: NodeJS.ErrnoException) => {
      const inTheHandshake = error.syscall === undefined || error.syscall === 'read'
      if (tls.mode !== 'prefer' || patience.aborted || !inTheHandshake) throw error
      return open(undefined)
    })
  } catch (error) {
    throw patience.aborted ? timedOut(host) : error
  }
}

/**
 * A socket that fails at the first write, for one that could not be opened. Throwing instead would make the driver lose a
 * connection of its pool for good.
 */
export const failing = (error: unknown): Duplex =>
  new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(error as Error) })

async function openSocket(
  { scram, password = '' }: Address,
  host: Host,
  tls: Tls | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = scram ? new ScramSocket(password) : new Socket()
  try {
    socket.connect(isFolder(host) ? { path: `${host.host}/.s.PGSQL.${host.port}` } : host)
    await once(socket, 'connect', { signal })
    if (!tls || !(await hasTls(socket, tls, signal))) return socket
    const secured = startTls(await tlsOptions(socket, host, tls))
    await once(secured, 'secureConnect', { signal })
    return secured
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw error
  }
}

/** Asks the server whether it has TLS. */
async function hasTls(socket: Socket, { mode, direct }: Tls, signal: AbortSignal): Promise<boolean> {
  if (direct) return true
  socket.write(TLS_REQUEST)
  const [answer] = (await Promise.race([
    once(socket, 'data', { signal }),
    once(socket, 'close', { signal }).then(() => {
      throw new Error('the server closes the connection')
    }),
  ])) as [Buffer]
  // More bytes than this letter would have been injected by an attacker, before encryption begins.
  if (answer.equals(YES)) return true
  if (mode === 'prefer' && answer.equals(NO)) return false
  throw Object.assign(new Error('the server has no TLS'), { code: 'NO_TLS' })
}

const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const [YES, NO] = [Buffer.from('S'), Buffer.from('N')]

async function tlsOptions(
  socket: Socket,
  { host }: Host,
  { mode, direct, rootCert, cert, key }: Tls,
): Promise<ConnectionOptions> {
  return {
    socket,
    ...(isIP(host) ? {} : { servername: host }),
    ...(direct && { ALPNProtocols: ['postgresql'] }),
    ...(rootCert && { ca: await readFile(rootCert) }),
    ...(cert && { cert: await readFile(cert) }),
    ...(key && { key: await readFile(key) }),
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  }
}

const isFolder = ({ host }: Host) => host.startsWith('/')

const timedOut = ({ host, port }: Host) =>
  Object.assign(new Error(`${host}:${port} does not answer`), { code: 'CONNECT_TIMEOUT' })
