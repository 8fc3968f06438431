import type { Client } from './service.ts'

/** A question about a member of a chat, as a bot gets it. */
interface Question {
  id: string
  kind: string
  chat: string
  person: { messenger: string; id: string }
}

/**
 * Answers as the bot of a messenger who is an admin, until it is stopped; other deliveries are taken and not made.
 * @param isAdmin by the id of a person, and of a chat
 */
export function tellAdmins(
  { call }: Client,
  messenger: string,
  isAdmin: (person: string, chat: string) => boolean | null,
): { stop(): Promise<void> } {
  let stopped = false
  async function answer({ id, kind, chat, person }: Question): Promise<void> {
    if (kind === 'member') {
      const admin = isAdmin(person.id, chat)
      const path = `/v1/chats/${messenger}/${encodeURIComponent(chat)}/members/${encodeURIComponent(person.id)}`
      await call('PUT', path, { admin, member: true })
    }
    await call('POST', `/v1/deliveries/${messenger}/${id}/done`)
  }
  const loop = (async () => {
    while (!stopped) {
      const asked = { limit: 100, seconds: 0.5 }
      const { body } = await call<{ items?: Question[] }>('POST', `/v1/deliveries/${messenger}/take`, asked)
      await Promise.all((body.items ?? []).map(answer))
    }
  })()
  return {
    async stop() {
      stopped = true
      await loop
    },
  }
}
