import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import { CROWD, type Prosody } from './prosody.ts'

/** A great many people in a room, by one connection: what each is told in private is kept, all else is thrown away. */
export async function startCrowd({ componentPort }: Prosody, room: string, size: number) {
  const socket = connect(componentPort, '127.0.0.1').setEncoding('utf8')
  await once(socket, 'connect')
  const told: string[] = []
  let isIn = false
  let read = ''
  let here = 0
  socket.on('data', (data: string) => {
    read += data
    const [, id] = /<stream:stream[^>]* id=['"]([^'"]+)/.exec(isIn ? '' : read) ?? []
    if (id) {
      socket.write(`<handshake>${createHash('sha1').update(`${id}crowd`).digest('hex')}</handshake>`)
      isIn = true
    }
    const end = read.lastIndexOf('>') + 1
    for (const [message] of read.slice(0, end).matchAll(/<message [^>]*type=['"]chat['"].*?<\/message>/gs))
      told.push(/<body>(.*?)<\/body>/s.exec(message)?.[1] ?? '')
    here += read.slice(0, end).split("code='110'").length - 1
    const open = read.lastIndexOf('<message ')
    read = open >= 0 && !read.slice(open).includes('</message>') ? read.slice(open) : read.slice(end)
  })
  socket.write(
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${CROWD}'>`,
  )
  await expect.poll(() => isIn).toBe(true)
  const everybody = Array.from({ length: size }, (_, index) => `p${index}`)
  for (const name of everybody)
    socket.write(
      `<presence from='${name}@${CROWD}/phone' to='${room}/${name}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
    )
  await expect.poll(() => here).toBe(size)
  return {
    told,
    /** All say the same at once, so many times each. */
    say(text: string, times: number): void {
      for (let turn = 0; turn < times; turn++)
        for (const name of everybody)
          socket.write(
            `<message type='groupchat' id='${crypto.randomUUID()}' from='${name}@${CROWD}/phone' to='${room}'><body>${text}</body></message>`,
          )
    },
    close: () => void socket.destroy(),
  }
}
