import { connect, type Socket } from 'node:net'
import { request } from '../../bench/load.ts'
import { percentile } from '../../bench/table.ts'
import type { Order, Outcome } from './index.ts'
import { PEOPLE } from './people.ts'

/**
 * The process that floods: it sends and collects money over bare sockets, as the usual clients cost more than the service that they
 * ask. It is told by messages what to do, and answers each with what came of it.
 */

/** As a proxy keeps them: more than a service has requests under way. */
const CONNECTIONS = 1500

interface Connection {
  socket: Socket
  /** What it waits for the answer to. */
  asked: Asked | undefined
  kept: boolean
  heard: string
}

interface Asked {
  /** What is to be collected; without it something is sent. */
  transfer: Made | undefined
  by: number
  /** Whether the connection has carried an answer before. */
  kept: boolean
  at: number
}

interface Made {
  id: string
  code: string
  /** Of the sender, among the people. */
  from: number
}

let port = 0
let tokens: string[] = []
let turn = 0
/** They take turns, as the service closes those that are idle for five seconds. */
const idle: Connection[] = []
const open: Made[] = []
/** One for all: what is read is taken out of it at once. */
const buffer = Buffer.alloc(64 * 1024)
let answered: (asked: Asked, status: number, text: string) => void = () => {}

process.on('message', async (order: Order & { port: number; tokens: string[] }) => {
  ;({ port, tokens } = order)
  process.send?.(await carryOut(order))
})
process.on('disconnect', () => process.exit())

async function carryOut({ seconds, rate = Number.POSITIVE_INFINITY, atOnce = CONNECTIONS }: Order) {
  const doneMs: number[] = []
  const refusedMs: number[] = []
  const refusedAnewMs: number[] = []
  const outcome = {
    created: [] as string[],
    collected: [] as string[],
    unanswered: 0,
    strange: [] as string[],
  }
  let lastRefusal = 0
  let underWay = 0
  let sent = 0
  await fillPool()
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000

  function send() {
    const now = elapsed()
    if (now >= seconds) return
    for (; underWay < atOnce && sent < now * rate; sent++) {
      const connection = idle.shift()
      if (!connection) return
      underWay += 1
      ask(connection)
    }
  }

  answered = ({ transfer, by, kept, at }, status, text) => {
    const ms = performance.now() - at
    underWay -= 1
    if (status === 201) {
      doneMs.push(ms)
      if (transfer) outcome.collected.push(transfer.id)
      else {
        const made = madeIn(text, by)
        open.push(made)
        outcome.created.push(made.id)
      }
    } else if (isRefusal(status, text)) {
      if (kept) refusedMs.push(ms)
      else refusedAnewMs.push(ms)
      lastRefusal = elapsed()
      if (transfer) open.push(transfer)
    } else if (status === 0) outcome.unanswered += 1
    else if (outcome.strange.length < 10) outcome.strange.push(text)
    if (rate === Number.POSITIVE_INFINITY) send()
  }

  const timer = setInterval(send, 1)
  while (elapsed() < seconds || underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  clearInterval(timer)
  return {
    ...outcome,
    offered: sent / seconds,
    done: doneMs.length / seconds,
    refused: (refusedMs.length + refusedAnewMs.length) / seconds,
    doneMs: spread(doneMs),
    refusedMs: spread(refusedMs),
    refusedAnewMs: spread(refusedAnewMs),
    lastRefusal,
  } satisfies Outcome
}

const spread = (ms: number[]) => ({
  p50: percentile(ms, 0.5),
  p99: percentile(ms, 0.99),
  most: percentile(ms, 1),
})

const madeIn = (text: string, from: number): Made => ({
  id: /"id":"([\w-]{36})"/.exec(text)?.[1] ?? '',
  code: /"code":"([\w-]+)"/.exec(text)?.[1] ?? '',
  from,
})

function isRefusal(status: number, text: string): boolean {
  const code = { 503: 'overloaded', 429: 'too_many_requests' }[status]
  return code !== undefined && text.includes(`"code":"${code}"`) && /\r\nretry-after: \d+\r\n/i.test(text)
}

function ask(connection: Connection) {
  const transfer = open.pop()
  turn += 1
  const token = tokens[turn % tokens.length] ?? ''
  const by = (transfer ? transfer.from + 1 : turn) % PEOPLE.length
  connection.asked = { transfer, by, kept: connection.kept, at: performance.now() }
  connection.socket.write(
    transfer
      ? request('POST', '/v1/claims', token, { code: transfer.code, by: PEOPLE[by] })
      : request('POST', '/v1/transfers', token, { from: PEOPLE[by], amount: '0.01' }),
    'latin1',
  )
}

/** Ends when all connections are taken by the service, which takes one in each turn of its loop: each has had an answer then. */
async function fillPool() {
  while (idle.length < CONNECTIONS)
    await Promise.all(Array.from({ length: CONNECTIONS - idle.length }, connected))
  for (const connection of idle.splice(0))
    if (connection.kept) idle.push(connection)
    else connection.socket.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  while (idle.length < CONNECTIONS) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Opens a connection, and another one when it is closed; answers whether that was possible. */
function connected(): Promise<boolean> {
  return new Promise((resolve) => {
    const onread = {
      buffer,
      callback(bytes: number) {
        connection.heard += buffer.toString('latin1', 0, bytes)
        read(connection)
        return true
      },
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
    const connection: Connection = { socket, asked: undefined, kept: false, heard: '' }
    let isOpen = false
    socket.on('connect', () => {
      isOpen = true
      idle.push(connection)
      resolve(true)
    })
    socket.on('error', () => resolve(false))
    socket.on('close', () => {
      const at = idle.indexOf(connection)
      if (at >= 0) idle.splice(at, 1)
      hear(connection, 0, '')
      if (isOpen) void connected()
    })
  })
}

function read(connection: Connection) {
  const text = connection.heard
  const head = text.indexOf('\r\n\r\n')
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
  if (head < 0 || text.length < head + 4 + length) return
  connection.heard = ''
  connection.kept = true
  const closes = /\r\nconnection: close/i.test(text.slice(0, head))
  if (!closes) idle.push(connection)
  hear(connection, Number(text.slice(9, 12)), text)
  if (closes) connection.socket.destroy()
}

function hear(connection: Connection, status: number, text: string) {
  const { asked } = connection
  connection.asked = undefined
  if (asked) answered(asked, status, text)
}
