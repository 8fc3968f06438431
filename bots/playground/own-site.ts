import { isIP } from 'node:net'
import { createMiddleware } from 'hono/factory'

/**
 * Lets in only requests of our own pages. Another site's page is recognised by Origin or Sec-Fetch-Site. A page whose name
 * was made to resolve to this server (DNS rebinding) is recognised by that name: only the public one is taken, and IP addresses.
 */
export const ownSiteOnly = (publicUrl: () => string) =>
  createMiddleware(async (c, next) => {
    const publicHost = new URL(publicUrl()).host
    const { host, hostname } = new URL(c.req.url)
    if (host !== publicHost && !isLocalName(hostname))
      return c.text(
        'Open the playground by its IP address, or set PUBLIC_URL to the address that people use.',
        403,
      )
    if (c.req.method === 'POST') {
      const origin = c.req.header('origin')
      const site = c.req.header('sec-fetch-site') ?? 'same-origin'
      const isOwn =
        origin === undefined || (URL.canParse(origin) && [host, publicHost].includes(new URL(origin).host))
      if (!isOwn || site !== 'same-origin') return c.text('That came from another site.', 403)
      // Browsers send forms to other sites without asking those, but not JSON.
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return c.text('Send JSON.', 415)
    }
    await next()
  })

const isLocalName = (hostname: string) =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
