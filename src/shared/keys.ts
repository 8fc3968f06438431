/** Somebody, or a chat, by the messenger's own id. */
export interface ExternalKey {
  messenger: string
  id: string
}

/** One string that names them, for maps and settings: `telegram:123456789`. */
export const keyOf = ({ messenger, id }: ExternalKey): string => `${messenger}:${id}`

/** What `keyOf` has made, or somebody has typed in its form; undefined where it is none. */
export function readKey(typed: string): ExternalKey | undefined {
  const [, messenger, id] = /^([a-z]{2,20}):(.{1,255})$/.exec(typed) ?? []
  return messenger && id ? { messenger, id } : undefined
}

/** How a transfer names somebody of whom only the handle is known: `telegram:ada`, in lower case. */
export const handleKey = (messenger: string, handle: string): string => `${messenger}:${handle.toLowerCase()}`

/** The messenger and the handle that a `handleKey` was made of. */
export function handleIn(key: string): { messenger: string; handle: string } {
  const cut = key.indexOf(':')
  return { messenger: key.slice(0, cut), handle: key.slice(cut + 1) }
}
