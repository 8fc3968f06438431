import { html } from 'hono/html'
import { directionOf } from '../../src/shared/language.ts'
import { opensElsewhere } from '../../src/shared/link.ts'
import { usageOf } from '../commands/help.ts'
import { commands } from '../commands/index.ts'
import { supported, texts } from '../texts/index.ts'
import { examples, group, isAdmin, people, privateChatOf, type SamplePerson } from './people.ts'
import { ASSET, SEED } from './seed.ts'
import { fill, type Words, wordsOf } from './texts.ts'

/**
 * The page with the phones, each in its person's language, and all else in the visitor's.
 * @param publicUrl where links to transfers lead
 */
export function page(visitorsLanguage: string | undefined, publicUrl: string) {
  const language = supported(visitorsLanguage)
  const words = wordsOf(language)
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<title>${words.title} · Passalong</title>
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/playground/style.css">
<link rel="stylesheet" href="/playground/message.css">
<link rel="stylesheet" href="/playground/composer.css">
<script type="module" src="/playground/client.js"></script>
</head>
<body data-setting="${JSON.stringify(setting(words))}">
<header class="head">
<img src="/icon.svg" alt="" width="28" height="28">
<h1>${words.line}</h1>
<a href="/docs">${words.docs}</a>
${opensElsewhere(publicUrl) ? '' : html`<p>${words.hereAlone}</p>`}
</header>
<main>
<p class="notice" id="offline" role="status" hidden>${words.offline}</p>
<div class="notice" id="restarted" role="status" hidden>
<p>${fill(words.restarted, { amount: `${SEED} ${ASSET}` })}</p>
<button type="button" class="icon" aria-label="${words.close}">×</button>
</div>
<noscript><p>${words.noScript} <a href="/docs">/docs</a>.</p></noscript>
<fieldset class="switch whose">
<legend class="unseen">${words.whosePhone}</legend>
${people.map(
  ({ id, name }) =>
    html`<label><input type="radio" name="whose" value="${id}"><span>${name}<b class="badge" hidden></b></span></label>`,
)}
</fieldset>
<div class="table">${people.map(phone)}</div>
</main>
<div class="unseen" id="announcer" aria-live="polite"></div>
<dialog id="start" aria-labelledby="start-title">
<h2 id="start-title">${words.startTitle}</h2>
<p>${words.startText}</p>
${people.map(({ id, name }) => html`<button type="button" class="button quiet" value="${id}">${avatar(id, name)}${name}</button>`)}
<button type="button" class="link-button" value="">${words.startLater}</button>
</dialog>
</body>
</html>`
}

function phone({ id, name, language }: SamplePerson) {
  const words = wordsOf(language)
  return html`
<section class="phone" id="${id}" lang="${language}" dir="${directionOf(supported(language))}" aria-label="${fill(words.phoneOf, { name })}">
<header>
${avatar(id, name)}
<div class="whom"><h2>${name}</h2><p>@${id}${isAdmin(group, { id }) ? html` · ${words.admin}` : ''}</p></div>
<p class="balance"><span class="unseen">${words.balance}</span> <span class="figure">…</span> <small>${ASSET}</small></p>
<div class="toast" role="status"></div>
</header>
<fieldset class="switch chats">
<legend class="unseen">${words.chats}</legend>
<label><input type="radio" name="chat-${id}" value="group" checked><span>${group.title}<b class="badge" hidden></b></span></label>
<label><input type="radio" name="chat-${id}" value="private"><span>${words.privateChat}<b class="badge" hidden></b></span></label>
</fieldset>
<div class="log" role="log" aria-live="off" tabindex="0" aria-label="${words.messages}" aria-describedby="keys-${id}"></div>
<p class="unseen" id="keys-${id}">${words.keys}</p>
<div class="examples" role="group" aria-label="${words.examples}"></div>
<div class="answering" hidden><span></span><button type="button" class="icon" aria-label="${words.endReply}">×</button></div>
<form class="composer">
<ul class="menu" id="menu-${id}" role="listbox" aria-label="${words.commands}" hidden></ul>
<input name="text" aria-label="${words.message}" placeholder="${words.placeholder}" maxlength="2000"
  autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="send"
  role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="menu-${id}">
<button class="send" aria-label="${words.send}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12h15M13 6l6 6-6 6"/></svg></button>
</form>
</section>`
}

const avatar = (id: string, name: string) =>
  html`<span class="avatar" data-by="${id}" aria-hidden="true">${[...name].at(-1 * Number(/\p{Script=Han}/u.test(name))) ?? ''}</span>`

/** What the script in the browser needs. */
const setting = (words: Words) => ({
  words,
  people: people.map((person) => ({
    ...person,
    words: wordsOf(person.language),
    chats: { group: group.id, private: privateChatOf(person).id },
    examples: examples[person.id],
    commands: commands.map((command) => ({
      name: command.name,
      usage: usageOf(command),
      about: texts(person.language)(`commands.${command.name}`),
    })),
  })),
})
