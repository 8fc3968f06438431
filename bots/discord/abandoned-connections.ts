import { WebSocketShard } from '@discordjs/ws'

/**
 * Lets a connection fail in silence that its shard gives up while it is still being made: discord.js has stopped listening to it by then,
 * and an error that nobody listens for ends the process.
 */
export function ignoreAbandonedConnections(): void {
  const { destroy } = WebSocketShard.prototype
  WebSocketShard.prototype.destroy = function (options) {
    // `connection` is private in the library's types.
    const { connection } = this as unknown as { connection: EventTarget | null }
    connection?.addEventListener('error', () => {})
    return destroy.call(this, options)
  }
}
