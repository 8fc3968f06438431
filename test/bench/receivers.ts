import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

/** Programs, one for each path, that note how long what they are told has waited; that of `/0` takes it and never answers. */
let waits: number[] = []

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => void parts.push(part))
  request.on('end', () => {
    if (request.url === '/0') return
    const { timestamp } = JSON.parse(Buffer.concat(parts).toString()) as { timestamp: string }
    waits.push(Date.now() - Date.parse(timestamp))
    response.end()
  })
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))

parentPort?.on('message', () => {
  parentPort?.postMessage(waits)
  waits = []
})
