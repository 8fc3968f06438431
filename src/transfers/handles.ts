/** How a transfer names somebody of whom only the handle is known: `telegram:ada`. */
export const handleKey = (messenger: string, handle: string): string => `${messenger}:${handle.toLowerCase()}`

/** What such a name says. */
export function handleIn(key: string): { messenger: string; handle: string } {
  const cut = key.indexOf(':')
  return { messenger: key.slice(0, cut), handle: key.slice(cut + 1) }
}
