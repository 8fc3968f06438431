import { createHmac, pbkdf2Sync } from 'node:crypto'
import { Socket } from 'node:net'

/**
 * A socket to a Postgres server that is closed when the server asks for anything but SCRAM, or accepts the login before it has
 * proven that it knows the password. The driver by itself sends the plain password to any server that asks for it.
 * https://www.postgresql.org/docs/current/sasl-authentication.html
 */
export class ScramSocket extends Socket {
  readonly #password: string
  /** The beginning of a message that has not come in whole yet; undefined after the login. */
  #begun: Buffer | undefined = Buffer.alloc(0)
  #exchange = { clientFirst: '', serverFirst: '', clientFinal: '' }
  #proven = false

  constructor(password: string) {
    super()
    this.#password = password
  }

  /** Sees everything that the driver writes. `write` can't be overridden, as Node resets it at each connect. */
  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#begun) {
      const text = chunk.toString('latin1')
      this.#exchange.clientFirst ||= /n,,(n=[^,]*,r=[^,]+)$/.exec(text)?.[1] ?? ''
      this.#exchange.clientFinal ||= /(c=[^,]+,r=[^,]+),p=[^,]+$/.exec(text)?.[1] ?? ''
    }
    super._write(chunk, encoding, done)
  }

  /** Sees everything that Node has read, before the driver does. */
  override push(chunk: Buffer | null): boolean {
    if (!chunk || !this.#begun || this.#allows(Buffer.concat([this.#begun, chunk]))) return super.push(chunk)
    const error = new Error('the server does not prove that it knows the password')
    this.destroy(Object.assign(error, { code: 'SERVER_NOT_PROVEN' }))
    return false
  }

  #allows(bytes: Buffer): boolean {
    let rest = bytes
    while (rest.length >= 5) {
      const type = String.fromCharCode(rest.readUInt8())
      const length = 1 + rest.readUInt32BE(1)
      // Authentication, error and notice: a server sends no other messages before the login.
      if (!'REN'.includes(type) || length < 9 || length > MAX_MESSAGE_BYTES) return false
      if (rest.length < length) break
      if (type === 'R') {
        const step = rest.readUInt32BE(5)
        if (step === LET_IN && this.#proven) {
          this.#begun = undefined
          return true
        }
        if (!this.#allowsStep(step, rest.toString('latin1', 9, length))) return false
      }
      rest = rest.subarray(length)
    }
    this.#begun = rest
    return true
  }

  #allowsStep(step: number, text: string): boolean {
    if (step === SASL_CONTINUE) {
      this.#exchange.serverFirst = text
      return CHALLENGE.test(text)
    }
    if (step === SASL_FINAL) return (this.#proven = text === `v=${this.#proof()}`)
    return step === SASL
  }

  /** The server's signature (RFC 5802). */
  #proof(): string | undefined {
    const { clientFirst, serverFirst, clientFinal } = this.#exchange
    const [, salt, iterations] = CHALLENGE.exec(serverFirst) ?? []
    if (!salt || !clientFinal) return undefined
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256')
    const sign = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
    const said = [clientFirst, serverFirst, clientFinal].join(',')
    return sign(sign(salted, 'Server Key'), said).toString('base64')
  }
}

/** At most 99,999 iterations, where Postgres's default is 4096: with millions a foreign server could keep us busy for hours. */
const CHALLENGE = /^r=[^,]+,s=([^,]+),i=([1-9]\d{0,4})$/

/** The longest message before the login, in bytes, as in libpq. */
const MAX_MESSAGE_BYTES = 30_000

const [LET_IN, SASL, SASL_CONTINUE, SASL_FINAL] = [0, 10, 11, 12]
