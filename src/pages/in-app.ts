import { html } from 'hono/html'
import type { Html, Words } from './language.ts'

/**
 * Apps whose own browser opens no other app, by what its user agent says. WeCom calls itself WeChat as well, and goes the same way. QQ's
 * browser for itself says `MQQBrowser` alone.
 */
const APPS = [
  ['wechat', /MicroMessenger/i],
  ['dingtalk', /DingTalk/i],
  ['alipay', /AlipayClient/i],
  ['unionpay', /UnionPay/i],
  ['weibo', /Weibo/i],
  ['qq', /\bQQ\//],
] as const

/** The app in whose own browser a page is open; undefined: in none that we know. */
export const inAppOf = (userAgent = ''): (typeof APPS)[number][0] | undefined =>
  APPS.find(([, says]) => says.test(userAgent))?.[0]

/** How to go on from an app's own browser. Nothing where the page isn't open in one. */
export function inAppAdvice({ text }: Words, userAgent: string | undefined): Html | '' {
  const app = inAppOf(userAgent)
  return app
    ? html`<div class="problem in-app" role="note"><p>${text('inApp.open', { app: text(`inApp.${app}`) })}</p><p>${text('inApp.save')}</p></div>`
    : ''
}
