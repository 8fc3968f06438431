import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { DOMAIN, type Prosody } from './prosody.ts'

/** A message as somebody's client shows it. */
export interface Message {
  id: string
  type: string
  sender: string
  /** As it was corrected last. */
  text: string
  /** How often it was corrected. */
  corrections: number
  /** The id that the room has given it. */
  stanzaId: string | null
  /** Why a message of one's own was refused. */
  condition: string | null
}

/** What a message has besides its text. */
interface More {
  id?: string
  /** Elements of it, as XML. */
  xml?: string
  language?: string
}

/** Somebody with an account on the server, and a client. */
export interface Person {
  address: string
  messages: Message[]
  /** Who is there, by their addresses in rooms. */
  present: Set<string>
  join(room: string, nick: string): Promise<void>
  /** Writes in a room, or to a name in it. @returns the id of the message */
  says(room: string, text: string, more?: More): string
  /** Writes to an address, in private. @returns the id of the message */
  tells(address: string, text: string, more?: More): string
  raw(xml: string): void
  order(order: { do: string } & Record<string, unknown>): Promise<void>
  /** Waits for a message that isn't read yet and reads like this. */
  reads(text: string | RegExp): Promise<Message>
  /** Waits for the next message of the bot, which is named `passalong` everywhere. @param where the room in which it says it to all; `private`: to them alone */
  answer(act: () => unknown, where?: string): Promise<Message>
}

/** People with slixmpp, all in one process. */
export async function startPeople(prosody: Prosody) {
  const script = fileURLToPath(new URL('people.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const people = new Map<string, Person>()
  const online = new Set<string>()
  const orders = new Map<number, { resolve(): void; reject(error: Error): void }>()
  let count = 0

  createInterface(child.stdout).on('line', (line) => {
    const { event, who, order, reason, body, replaces, isThere, ...message } = JSON.parse(line)
    if (event === 'online') online.add(who)
    else if (event === 'done') orders.get(order)?.resolve()
    else if (event === 'failed') orders.get(order)?.reject(new Error(reason))
    else if (event === 'presence') {
      const { present } = people.get(who) as Person
      if (isThere) present.add(message.sender)
      else present.delete(message.sender)
    } else if (event === 'message') {
      const { messages } = people.get(who) as Person
      const corrected = messages.find(({ id, sender }) => id === replaces && sender === message.sender)
      if (!corrected) messages.push({ ...message, text: body, corrections: 0 })
      else {
        corrected.text = body
        corrected.corrections++
      }
    }
  })
  const send = (order: object) => void child.stdin.write(`${JSON.stringify(order)}\n`)
  async function carryOut(order: object): Promise<void> {
    const number = ++count
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    orders.set(number, { resolve, reject })
    send({ ...order, order: number })
    await promise
  }

  return {
    async person(name: string): Promise<Person> {
      const address = `${name}@${DOMAIN}`
      await prosody.account(name, `secret of ${name}`)
      const messages: Message[] = []
      const write = (type: string, to: string, text: string, { id, xml = '', language }: More = {}) => {
        const given = id ?? crypto.randomUUID()
        const lang = language ? ` xml:lang="${language}"` : ''
        person.raw(
          `<message type="${type}" to="${escape(to)}" id="${escape(given)}"${lang}><body>${escape(text)}</body>${xml}</message>`,
        )
        return given
      }
      const person: Person = {
        address,
        messages,
        present: new Set(),
        join: (room, nick) => carryOut({ do: 'join', who: name, room, nick }),
        says: (room, text, more) => write(room.includes('/') ? 'chat' : 'groupchat', room, text, more),
        tells: (to, text, more) => write('chat', to, text, more),
        raw: (xml) => send({ do: 'raw', who: name, order: ++count, xml }),
        order: (order) => carryOut({ ...order, who: name }),
        async reads(text) {
          const isIt = (message: Message) =>
            typeof text === 'string' ? message.text.includes(text) : text.test(message.text)
          await until(
            () => messages.some(isIt),
            () => messages.map((message) => message.text).join('\n---\n'),
          )
          return messages.findLast(isIt) as Message
        },
        async answer(act, where) {
          const before = messages.length
          await act()
          const isOfBot = ({ sender, type }: Message) =>
            /(^|\/)passalong\b/.test(sender) &&
            (where === 'private' ? type === 'chat' : sender.startsWith(where ?? ''))
          const next = () => messages.slice(before).find(isOfBot)
          await until(
            () => next() !== undefined,
            () => `no answer to ${name}`,
          )
          return next() as Message
        },
      }
      people.set(name, person)
      await carryOut({ do: 'login', who: name, address, password: `secret of ${name}`, port: prosody.port })
      await until(
        () => online.has(name),
        () => `${name} is not online`,
      )
      return person
    },
    async close() {
      child.kill()
      await ended
    },
  }
}

const until = (isSo: () => boolean, otherwise: () => string) =>
  expect.poll(isSo, { message: otherwise(), interval: 20 }).toBe(true)

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
