import { getPath } from 'hono/utils/url'

/**
 * The path that a request is routed by. One whose escapes can't be read (`%FF`) is taken as it stands: Hono would try each of
 * them, an exception at a time, and an address has room for thousands.
 */
export function pathOf(request: Request): string {
  if (!request.url.includes('%')) return getPath(request)
  const { pathname } = new URL(request.url)
  return isReadable(pathname) ? getPath(request) : pathname.replaceAll('%', '%25')
}

function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
