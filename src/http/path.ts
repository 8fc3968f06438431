import { getPath } from 'hono/utils/url'

/**
 * The path by which a request is routed. Where its escapes can't be decoded (`%FF`) they are taken literally: Hono would try
 * each by itself, with an exception each time, and a URL has room for thousands.
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
