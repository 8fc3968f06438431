import { html } from 'hono/html'
import type { Receipt, Root } from '../../roots/receipts.ts'
import { notice, scrolling } from '../components.ts'
import { bdi, type Html, type TextKey, type Words } from '../language.ts'

/** For the head of a page with receipts: the script verifies them in the reader's browser, by `/verify.mjs`. */
export const PROOF_SCRIPT = html`<script src="/proof.js" type="module"></script>`

/** A panel for each receipt, or a word that there is none. @param owner says who has to be named in it */
export const receiptPanels = (words: Words, receipts: Receipt[], owner: TextKey): Html =>
  receipts.length === 0
    ? notice(words.text('proof.none'))
    : html`${receipts.map((receipt) => receiptPanel(words, receipt, owner))}`

function receiptPanel(words: Words, receipt: Receipt, owner: TextKey): Html {
  const { text, number, moment } = words
  const { asset, at, balance, open, total, root } = receipt
  const json = JSON.stringify(receipt, null, 2)
  const tile = (label: string, amount: string) =>
    html`<div><dt>${label}</dt><dd class="sum">${number(amount)}</dd></div>\n`
  return html`<section class="panel"><h2>${text('proof.of', { asset })}</h2>
${notice(html`<span data-receipt="${json}" data-root="${root}" data-agrees="${text('proof.agrees')}" data-differs="${text('proof.differs')}">${text('proof.byHand')}</span>`)}
<dl class="tiles">${tile(text('proof.balance'), balance)}${tile(text('proof.open'), open)}${tile(text('proof.total'), total)}</dl>
<dl class="facts">
<div><dt>${text('proof.owner')}</dt><dd>${receipt.owner.map((one) => html`${bdi(one)}<br>`)}<span class="hint">${text(owner)}</span></dd></div>
<div><dt>${text('proof.at')}</dt><dd>${moment(new Date(at))}</dd></div>
<div><dt>${text('proof.root')}</dt><dd>${rootOf(root)}</dd></div>
</dl>
<p>${text('proof.compare')}</p>
<details><summary>${text('proof.how')}</summary>
<p>${text('proof.howText')}</p>
<p class="code" dir="ltr">node verify.mjs receipt.json ROOT</p>
<div class="actions">
<a class="button quiet" href="data:application/json;charset=utf-8,${encodeURIComponent(json)}" download="receipt.json">${text('proof.save')}</a>
<a class="button quiet" href="/verify.mjs" download>${text('proof.program')}</a>
</div></details>
</section>`
}

/** The latest roots. */
export function rootsPanel(words: Words, roots: Root[]): Html {
  const { text, number, moment } = words
  const head = (key: TextKey, kind = '') =>
    html`<th scope="col"${kind ? html` class="${kind}"` : ''}>${text(key)}</th>`
  return html`<section class="panel"><div class="heading"><h2>${text('proof.latest')}</h2>
<p class="actions"><a href="/v1/roots">${text('proof.all')}</a></p></div>
${
  roots.length === 0
    ? html`<p>${text('proof.nothing')}</p>`
    : scrolling(
        text('proof.latest'),
        html`<table class="cards"><thead><tr>${head('proof.at')}${head('proof.total', 'number')}${head('proof.accounts', 'number')}${head('proof.root')}</tr></thead>
<tbody>${roots.map(
          ({ asset, at, total, leaves, root }) => html`<tr>
<td><time datetime="${at}">${moment(new Date(at))}</time></td>
<td class="number" data-label="${text('proof.total')}"><span>${number(total)} <span class="unit">${asset}</span></span></td>
<td class="number" data-label="${text('proof.accounts')}">${number(leaves)}</td>
<td data-label="${text('proof.root')}">${rootOf(root)}</td></tr>
`,
        )}</tbody></table>`,
      )
}
</section>`
}

/** A root, short for eyes, and whole for whoever opens it. */
const rootOf = (root: string): Html =>
  html`<details class="root"><summary><code dir="ltr">${root.slice(0, 8)}…${root.slice(-8)}</code></summary><p class="code" dir="ltr">${root}</p></details>`
