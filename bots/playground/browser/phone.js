import { ask, el, fill, uuid } from './dom.js'
import { offerCommands } from './menu.js'
import { countDown, drawMessage } from './message.js'
import { walkable } from './walk.js'

const TOAST_MS = 6000

/**
 * One person's phone.
 * @param messages all messages by id, in their order
 * @param onUnread is told when the number of its unread messages has changed
 */
export function createPhone(person, people, messages, onUnread) {
  const { words, chats } = person
  const element = document.getElementById(person.id)
  const find = (selector) => element.querySelector(selector)
  const log = find('.log')
  const input = find('.composer input')
  const answering = find('.answering')
  const balance = find('.figure')
  const read = new Set()
  let kind = 'group'
  let replyTo
  // What didn't get through, so that sending it again is the same request.
  let unsent
  let toastTimer
  let isAtEnd = true

  const phone = { person, people, messages, reply, press, openLink }

  /** Draws the chat from what there is. */
  function redraw() {
    if (replyTo && !messages.has(replyTo.id)) reply()
    const shown = [...messages.values()].filter(({ chat }) => chat === chats[kind])
    log.replaceChildren(...shown.map((message) => drawMessage(message, phone)), ...hint(shown))
    drawExamples()
    scrollToEnd()
    markRead()
  }

  /** Shows a message that is new or has changed. */
  function show(message) {
    if (message.chat === chats[kind]) place(message)
    markRead()
  }

  function place(message) {
    const stay = message.by !== person.id && !isAtEnd
    const drawn = drawMessage(message, phone)
    const old = document.getElementById(drawn.id)
    if (old) {
      const held = old.contains(document.activeElement)
      old.replaceWith(drawn)
      if (held) drawn.focus({ preventScroll: true })
    } else {
      log.append(drawn)
      if (message.by === 'bot') find('.hint')?.remove()
    }
    if (!stay) scrollToEnd()
  }

  function scrollToEnd() {
    log.scrollTop = log.scrollHeight
    isAtEnd = true
  }

  const hint = (shown) =>
    shown.some(({ by }) => by === 'bot') ? [] : [el('p', { className: 'hint' }, words.hint)]

  const isVisible = () => element.checkVisibility() && document.visibilityState === 'visible'

  function unreadIn(chat) {
    return [...messages.values()].filter((message) => message.chat === chat && !read.has(message.id)).length
  }

  /** @param all also what nobody has looked at: it was there before the visitor came */
  function markRead(all = false) {
    for (const { id, chat, by } of messages.values())
      if (all || by === person.id || (chat === chats[kind] && isVisible())) read.add(id)
    for (const radio of element.querySelectorAll('.chats input'))
      drawBadge(radio, unreadIn(chats[radio.value]), words)
    onUnread(Object.values(chats).reduce((sum, chat) => sum + unreadIn(chat), 0))
  }

  function openChat(which) {
    find(`.chats input[value=${which}]`).checked = true
    kind = which
    reply()
    redraw()
  }

  async function say(text) {
    const again = unsent?.text === text && unsent.kind === kind ? unsent : undefined
    const said = again ?? {
      person: person.id,
      kind,
      text,
      ...(replyTo && { replyTo: replyTo.id }),
      key: uuid(),
    }
    unsent = undefined
    reply()
    try {
      await ask('say', said)
    } catch {
      unsent = said
      input.value ||= text
      toast(words.notSent)
    }
  }

  async function press(button, message, data) {
    if (button.ariaBusy === 'true') return
    button.ariaBusy = 'true'
    try {
      toast((await ask('press', { person: person.id, message: message.id, data, key: uuid() })).toast)
    } catch {
      toast(words.notSent)
    }
    button.ariaBusy = null
  }

  /** Opens one of a message's links in a tab that is signed in as this person: by a form, since no address may sign anybody in. */
  async function openLink(message, link) {
    const target = `link-${uuid()}`
    const tab = window.open('about:blank', target)
    try {
      const { ticket, next } = await ask(`messages/${message.id}/open`, { person: person.id, link })
      const hidden = (name, value) => el('input', { type: 'hidden', name, value })
      const form = el(
        'form',
        { method: 'post', action: '/session', target },
        hidden('ticket', ticket),
        hidden('next', next),
      )
      document.body.append(form)
      form.submit()
      form.remove()
    } catch {
      tab?.close()
      toast(words.notSent)
    }
  }

  /** Answers a message; without one, none. */
  function reply(message) {
    replyTo = message
    answering.hidden = !message
    if (!message) return
    const name = people.find(({ id }) => id === message.by)?.name
    answering.firstElementChild.textContent = `${fill(words.reply, { name })}: ${message.text}`
    input.focus()
  }

  function toast(text) {
    const box = find('.toast')
    const clear = () => box.replaceChildren()
    box.replaceChildren(el('p', { onclick: clear }, text))
    clearTimeout(toastTimer)
    toastTimer = setTimeout(clear, TOAST_MS)
  }

  function drawExamples() {
    const examples = person.examples[kind].map((text) =>
      el('button', { type: 'button', onclick: () => write(text) }, text),
    )
    find('.examples').replaceChildren(...examples)
  }

  function write(text) {
    input.value = text
    input.focus()
    input.setSelectionRange(text.length, text.length)
  }

  find('.composer').addEventListener('submit', (event) => {
    event.preventDefault()
    const text = input.value.trim()
    if (!text) return
    input.value = ''
    input.dispatchEvent(new Event('input'))
    void say(text)
  })
  find('.chats').addEventListener('change', ({ target }) => openChat(target.value))
  answering.lastElementChild.addEventListener('click', () => {
    reply()
    input.focus()
  })
  log.addEventListener('scroll', () => {
    isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80
  })
  // A keyboard that opens, or a longer row of examples, must not cover what came last.
  new ResizeObserver(() => isAtEnd && scrollToEnd()).observe(log)
  walkable(log)
  offerCommands(input, find('.menu'), person.commands, (name) => write(`/${name} `))
  setInterval(() => countDown(log, person), 1000)

  return {
    person,
    element,
    redraw,
    show,
    markRead,
    /** Opens the private chat and says something there. */
    sayInPrivate(text) {
      openChat('private')
      return say(text)
    },
    setBalance(amount) {
      if (balance.textContent === amount) return
      const first = balance.textContent === '…'
      balance.textContent = amount
      if (!first) balance.animate?.([{ color: 'var(--accent)' }, {}], { duration: 700 })
    },
  }
}

export function drawBadge(radio, count, words) {
  const badge = radio.parentElement.querySelector('.badge')
  badge.hidden = count === 0
  badge.replaceChildren(
    el('span', { 'aria-hidden': 'true' }, String(count)),
    el('span', { className: 'unseen' }, fill(words.unread, { count: String(count) })),
  )
}
