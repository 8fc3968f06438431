import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './address.ts'

/** Which of several hosts is the primary, as far as this process knows, and its connections there. */
export interface Primary {
  /** All hosts, beginning with the last primary. */
  first(): Host[]
  /**
   * Notes which host is the primary now. Connections to another one are closed: where that is frozen or cut off they would hang,
   * and where it doesn't know yet that it is none any more, what they read is old.
   */
  is(host: Host): void
  /**
   * Has a connection closed when another host becomes the primary.
   * @param look asks which one is, for `is`. Called again and again, as what hangs in the driver notices nothing by itself
   * @throws with code `NO_PRIMARY` where that has happened already
   */
  keep(host: Host, socket: Socket, look: () => Promise<unknown>): Socket
}

/** For all pools of this process with these hosts, in whatever order. */
export function primaryOf(hosts: Host[]): Primary {
  const names = hosts.map(nameOf).toSorted().join()
  const known = primaries.get(names) ?? openPrimary(hosts)
  // A single host has nothing to move to.
  if (hosts.length > 1) primaries.set(names, known)
  return known
}

const LOOK_MS = 3000

const primaries = new Map<string, Primary>()

const nameOf = ({ host, port }: Host) => `${host}:${port}`

function openPrimary(hosts: Host[]): Primary {
  let order = hosts
  const sockets = new Map<Socket, string>()
  let watching = false
  const isPrimary = (name: string) => name === nameOf(order[0] as Host)
  async function watch(look: () => Promise<unknown>) {
    watching = true
    while (sockets.size > 0) {
      await sleep(LOOK_MS, undefined, { ref: false })
      // Where nobody takes writes, whoever asks the driver is told.
      await look().catch(() => undefined)
    }
    watching = false
  }
  return {
    first: () => order,
    is(host) {
      order = [host, ...order.filter((one) => nameOf(one) !== nameOf(host))]
      for (const [socket, name] of sockets) if (!isPrimary(name)) socket.destroy()
    },
    keep(host, socket, look) {
      if (!isPrimary(nameOf(host))) {
        socket.destroy()
        throw Object.assign(new Error('another host has become the primary'), { code: 'NO_PRIMARY' })
      }
      sockets.set(socket, nameOf(host))
      socket.once('close', () => sockets.delete(socket))
      if (hosts.length > 1 && !watching) void watch(look)
      return socket
    },
  }
}
