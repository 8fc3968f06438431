import { randomUUID } from 'node:crypto'
import { resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { client, xml } from '@xmpp/client'
import type { XmppSettings } from './index.ts'

/** An element of XMPP, such as a stanza. */
export type Stanza = ReturnType<typeof xml>

/** A stream to the bot's server, from the moment that it is online until it ends. It is never opened again: a new one takes its place. */
export interface Connection {
  /** @throws where the stream has ended */
  send(stanza: Stanza): Promise<void>
  /**
   * Asks something by an IQ, and waits for the answer.
   * @throws StanzaError where it is refused; another error where nobody answers
   */
  ask(type: 'get' | 'set', to: string | undefined, question: Stanza): Promise<Stanza>
  /** Ends when the stream has. */
  closed: Promise<void>
  close(): Promise<void>
}

/** How long a server may take for an answer, in milliseconds. */
const ANSWER_MS = 20_000
/** How long the way in may take, all its steps together. */
const ENTER_MS = 60_000
/** How often a quiet stream is checked, in milliseconds: a broken one tells nothing by itself. */
const PING_MS = 30_000

/**
 * Opens a stream, and signs in.
 * @param hear is called for each message and presence, in their order
 * @throws an error of which `isWrongPassword` tells that no retry helps
 */
export async function connect(settings: XmppSettings, hear: (stanza: Stanza) => void): Promise<Connection> {
  const { local, domain, password, service } = settings
  const agent = xml('user-agent', { id: randomUUID() })
  const xmpp = client({
    domain,
    // Of each step of the way in.
    timeout: ANSWER_MS,
    async credentials(authenticate, mechanisms, _, entity) {
      if (!entity.isSecure() && !isThisMachine(service))
        throw new Error('The server offers no TLS, so the password was not sent.')
      await authenticate({ username: local, password }, mechanisms[0] ?? '', agent)
    },
  })
  xmpp.reconnect.stop()
  decodeWhole(xmpp)
  let lastError: unknown
  xmpp.on('error', (error) => {
    lastError = error
  })
  xmpp.on('stanza', (stanza) => {
    if (stanza.name !== 'iq') hear(stanza)
  })
  const closed = new Promise<void>((resolve) => xmpp.once('disconnect', () => resolve()))
  // Not by `xmpp.start`, which waits for ever where the stream ends before that, and leaves a rejection behind that nobody handles.
  const online = Promise.withResolvers<void>()
  xmpp.once('online', () => online.resolve())
  xmpp.once('error', online.reject)
  void closed.then(() => online.reject(new Error('The server has ended the stream.')))
  const late = setTimeout(() => online.reject(new Error('The server does not let the bot in.')), ENTER_MS)
  const enter = async () => {
    await xmpp.connect(service ?? (await serviceOf(domain)))
    await xmpp.open({ domain })
    await online.promise
  }
  try {
    await Promise.race([enter(), online.promise])
  } catch (error) {
    void xmpp.stop().catch(() => {})
    throw lastError ?? error
  } finally {
    clearTimeout(late)
  }
  const check = setInterval(() => {
    ask('get', undefined, xml('ping', { xmlns: 'urn:xmpp:ping' })).catch((error: unknown) => {
      // A server that doesn't know the question has answered it.
      if (!isStanzaError(error)) void xmpp.disconnect().catch(() => {})
    })
  }, PING_MS)
  void closed.then(() => clearInterval(check))

  function ask(type: 'get' | 'set', to: string | undefined, question: Stanza): Promise<Stanza> {
    // The library takes an answer by its id from whoever sends it, so nobody may guess one.
    const id = randomUUID()
    return xmpp.iqCaller.request(xml('iq', { type, id, ...(to && { to }) }, question), ANSWER_MS)
  }

  return {
    async send(stanza) {
      if (!xmpp.socket) throw new Error('The stream to the server has ended.')
      await xmpp.send(stanza)
    },
    ask,
    closed,
    close: async () => void (await xmpp.stop()),
  }
}

/** The server's refusal of a stanza. */
export interface StanzaError extends Error {
  condition: string
  /** `wait` where a retry may help. https://www.rfc-editor.org/rfc/rfc6120#section-8.3.2 */
  type: string
}

export const isStanzaError = (error: unknown): error is StanzaError =>
  error instanceof Error && error.name === 'StanzaError'

/** Whether the server knows no such account, or another password. */
export const isWrongPassword = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'SASLError' &&
  'condition' in error &&
  error.condition === 'not-authorized'

/** The library decodes each piece of the stream by itself, which breaks the letters at its edges. */
function decodeWhole(xmpp: object): void {
  const decoder = new StringDecoder()
  const stream = xmpp as { _onData(data: Buffer | string): void }
  const onData = stream._onData.bind(xmpp)
  stream._onData = (data) => onData(typeof data === 'string' ? data : decoder.write(data))
}

/**
 * Where a domain's server is, as DNS says. It is asked for STARTTLS, whose certificate has to be the domain's own: of direct TLS the library
 * would believe the name that DNS has told. https://www.rfc-editor.org/rfc/rfc6120#section-3.2.1
 */
async function serviceOf(domain: string): Promise<string> {
  const records = await resolveSrv(`_xmpp-client._tcp.${domain}`).catch(() => [])
  const [first] = records.toSorted((one, other) => one.priority - other.priority || other.weight - one.weight)
  return first ? `xmpp://${first.name}:${first.port}` : `xmpp://${domain}:5222`
}

/** Whether nobody else could listen on the way to the server. */
function isThisMachine(service: string | undefined): boolean {
  const host = service && new URL(service).hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (!!host && isIP(host) === 4 && host.startsWith('127.'))
}
