import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { isIP, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity, connect as startTls } from 'node:tls'
import type { Address, Host, Tls } from './address.ts'
import { ScramSocket } from './scram.ts'

/**
 * Connects to one host, with or without TLS as the address asks, up to where the first word of Postgres's own protocol
 * is due: https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function dial(address: Address, host: Host): Promise<Socket> {
  const patience = AbortSignal.timeout(address.connectTimeout * 1000)
  const open = (tls: Tls | undefined) => openSocket(address, host, tls, patience)
  try {
    const { tls } = address
    // A client that takes either asks for TLS only where it is refused without; that shows when it logs in.
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
 * In place of a socket that could not be had: it fails at the first word. The driver loses a connection of its pool for
 * good where the function that opens its sockets throws.
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

/** Asks the server whether it can. */
async function hasTls(socket: Socket, { mode, direct }: Tls, signal: AbortSignal): Promise<boolean> {
  if (direct) return true
  socket.write(TLS_REQUEST)
  const [answer] = (await Promise.race([
    once(socket, 'data', { signal }),
    once(socket, 'close', { signal }).then(() => {
      throw new Error('the server closes the connection')
    }),
  ])) as [Buffer]
  // More than that letter would be somebody else's words, put before those that are to come encrypted.
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
