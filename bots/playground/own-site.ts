import { isIP } from 'node:net'
import { createMiddleware } from 'hono/factory'

/**
 * Lets in only what our own pages ask. Another site's page names itself in Origin or Sec-Fetch-Site; one whose DNS was
 * bent to point here comes by a name, so a name must be the public one: an address in digits can't be bent.
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
      // Forms can be sent across sites without asking; JSON can't.
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return c.text('Send JSON.', 415)
    }
    await next()
  })

const isLocalName = (hostname: string) =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
