import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { validate } from 'uuid'
import { atMost } from '../../src/shared/at-most.ts'
import { codeIn } from '../../src/shared/pasted-code.ts'
import { type ApiClient, body, Refused } from '../client.ts'
import { Undeliverable } from '../messenger.ts'
import type { WechatClient } from './client.ts'

/** Leads from the page of a transfer, or of an ask, to the QR code by which the account opens it. */
export const SCENE_PATH = '/wechat/open'

/** A QR code is good for a month at most; one that is kept is younger. In seconds. */
const GOOD = 30 * 24 * 3600
const KEPT_MS = 24 * 3600_000
/** WeChat shows it at a ticket. */
const PICTURE = 'https://mp.weixin.qq.com/cgi-bin/showqrcode'

/**
 * The route of QR codes: whoever scans one follows the account, and has the transfer or the ask opened in its chat. A link can't do that in WeChat.
 * https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html
 */
export function createScenes(api: ApiClient, client: WechatClient): Hono {
  const tickets = new LRUCache<string, Promise<string>>({ ...atMost(2000), ttl: KEPT_MS })

  async function make(code: string): Promise<string> {
    // Only for what there is: the account has so many QR codes a day.
    await (validate(code)
      ? body(api.asks[':id'].$get({ param: { id: code } }))
      : body(api.transfers.find.$post({ json: { code } })))
    const scene = { action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: code } } }
    const asked = { expire_seconds: GOOD, ...scene }
    return (await client.call<{ ticket: string }>('/cgi-bin/qrcode/create', asked)).ticket
  }

  return new Hono().get(`${SCENE_PATH}/:code`, async (c) => {
    const code = codeIn(c.req.param('code'))
    if (!code) return c.notFound()
    const ticket = tickets.get(code) ?? make(code)
    tickets.set(code, ticket)
    try {
      return c.redirect(`${PICTURE}?ticket=${encodeURIComponent(await ticket)}`)
    } catch (error) {
      tickets.delete(code)
      // The account may have no right to such codes: its page has other ways.
      if (error instanceof Undeliverable || error instanceof Refused)
        return c.redirect(`/${validate(code) ? 'p' : 'c'}/${code}`)
      throw error
    }
  })
}
