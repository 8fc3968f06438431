import { html } from 'hono/html'
import { opensElsewhere } from '../shared/link.ts'
import type { ViewWithCode } from '../transfers/view.ts'
import { amountOf } from './claim-view.ts'
import { inAppAdvice, inAppOf } from './in-app.ts'
import type { Html, Words } from './language.ts'
import type { Page } from './layout.ts'
import { senderOf } from './names.ts'
import { PICTURE_SIZE } from './picture/content.ts'

/** The page by which somebody who has the link of an open transfer passes it on, to people in any app. */
export function sharePage(words: Words, view: ViewWithCode, userAgent: string | undefined): Page {
  const { text } = words
  const amount = amountOf(view)
  const says = text(view.phrase ? 'share.saysPhrase' : 'share.says', { amount, who: senderOf(words, view) })
  const picture = `/c/${view.code}/card.png`
  const file = `${view.amount}-${view.asset}.png`
  return {
    title: text('share.title', { amount }),
    head: html`<link rel="stylesheet" href="/letter.css">
<script src="/share.js" type="module"></script>`,
    main: html`<main class="wide share">
<article class="card inside">
<div class="words">
<h1>${text('share.title', { amount })}</h1>
${inAppAdvice(words, userAgent)}
${view.phrase ? html`<div class="problem"><p>${text('phrase.apart')}</p></div>` : ''}
${opensElsewhere(view.link) ? ways(words, { view, says, file, isInApp: inAppOf(userAgent) !== undefined }) : html`<p>${text('qrHere')}</p>`}
<a class="button quiet" href="/c/${view.code}">${text('share.state')}</a>
</div>
<figure class="qr">
<img src="${picture}" width="${PICTURE_SIZE.width}" height="${PICTURE_SIZE.height}" alt="${text('qrAlt', { amount, link: view.link })}">
<figcaption>${text(view.phrase ? 'share.picturePhrase' : 'share.picture')}</figcaption>
<a class="button quiet" href="${picture}" download="${file}">${text('qrSave')}</a>
</figure>
</article>
</main>`,
  }
}

interface Shared {
  view: ViewWithCode
  says: string
  file: string
  isInApp: boolean
}

/** Buttons that need a script are hidden until it has seen that the browser can do it. An app's own browser opens no other app. */
function ways({ text }: Words, { view: { link, code }, says, file, isInApp }: Shared): Html {
  const apps = isInApp ? [] : appsFor(says, link)
  return html`<button class="button" type="button" hidden data-share data-text="${says}" data-url="${link}" data-picture="/c/${code}/card.png" data-file="${file}">${text('share.button')}</button>
${
  apps.length > 0
    ? html`<ul class="apps" aria-label="${text('share.apps')}">
${apps.map(([app, href]) => html`<li><a class="button quiet" href="${href}" target="_blank" rel="noreferrer">${text(`share.${app}`)}</a></li>\n`)}</ul>`
    : ''
}
<div class="copy">
<p class="code">${link}</p>
<button class="button quiet" type="button" hidden data-copy="${link}" data-done="${text('share.copied')}">${text('share.copy')}</button>
</div>`
}

/** The addresses by which these apps take a link with a few words; WeChat and QQ take a picture alone. */
function appsFor(says: string, link: string) {
  const [words, url, both] = [says, link, `${says} ${link}`].map(encodeURIComponent)
  return [
    ['telegram', `https://t.me/share/url?url=${url}&text=${words}`],
    ['whatsapp', `https://wa.me/?text=${both}`],
    ['line', `https://line.me/R/share?text=${both}`],
    ['weibo', `https://service.weibo.com/share/share.php?url=${url}&title=${words}`],
    ['dingtalk', `dingtalk://dingtalkclient/page/link?url=${url}`],
    ['email', `mailto:?subject=${words}&body=${both}`],
  ] as const
}
