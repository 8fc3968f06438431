import { el } from './dom.js'
import { inWords } from './message.js'
import { createPhone, drawBadge } from './phone.js'

const AGAIN_MS = 2000
const { words, people } = JSON.parse(document.body.dataset.setting)
const offline = document.getElementById('offline')
const restarted = document.getElementById('restarted')
const announcer = document.getElementById('announcer')
const messages = new Map()
const radioOf = ({ id }) => document.querySelector(`.whose input[value=${id}]`)
const phones = people.map((person) =>
  createPhone(person, people, messages, (count) => drawBadge(radioOf(person), count, words)),
)
let met = false
let lastRun = kept()?.getItem('run')

/** The whole state comes with each connection, then every change. */
function follow() {
  const events = new EventSource('/playground/events')
  const on = (name, act) => events.addEventListener(name, ({ data }) => act(JSON.parse(data)))
  on('state', (state) => {
    offline.hidden = true
    noteRun(state.run)
    messages.clear()
    for (const message of state.messages) messages.set(message.id, message)
    for (const phone of phones) {
      phone.redraw()
      if (!met) phone.markRead(true)
    }
    met = true
    setBalances(state.balances)
  })
  on('message', (message) => {
    const before = messages.get(message.id)
    messages.set(message.id, message)
    for (const phone of phones) phone.show(message)
    if (!before || before.card?.state !== message.card?.state) announce(message)
  })
  on('balances', setBalances)
  events.addEventListener('error', () => {
    offline.hidden = false
    // A browser connects again by itself, unless it was turned away.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS)
  })
}

/** Says that the chats which this browser has seen are no more, also where the page itself was loaded again meanwhile. */
function noteRun(run) {
  if (lastRun && lastRun !== run) restarted.hidden = false
  lastRun = run
  kept()?.setItem('run', run)
}

/** What this browser keeps for us; some keep nothing. */
function kept() {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

function setBalances(balances) {
  for (const phone of phones) if (balances[phone.person.id]) phone.setBalance(balances[phone.person.id])
}

/** Says a message once, though three phones show it. */
function announce(message) {
  const name = people.find(({ id }) => id === message.by)?.name ?? words.bot
  const owner = people.find(({ chats }) => chats.private === message.chat)
  announcer.append(el('p', {}, `${name}${owner ? ` → ${owner.name}` : ''}: ${inWords(message)}`))
  while (announcer.childElementCount > 5) announcer.firstElementChild.remove()
}

/** Where there is no room for three phones: the chosen one in front, and beside it the one before, if there is room for two. */
let front = []
function bringToFront(id) {
  front = [id, ...front.filter((other) => other !== id)].slice(0, 2)
  radioOf({ id }).checked = true
  for (const { person, element, markRead } of phones) {
    element.classList.toggle('first', person.id === front[0])
    element.classList.toggle('second', person.id === front[1])
    markRead()
  }
}

/** A link that was opened with the playground: as whom, is asked; the code leaves the address at once. */
function receiveLink() {
  const code = new URLSearchParams(location.search).get('start')
  if (code === null) return
  history.replaceState(null, '', location.pathname)
  if (!/^[\w-]{22,64}$/.test(code)) return
  const dialog = document.getElementById('start')
  dialog.addEventListener('click', ({ target }) => {
    const button = target.closest('button')
    if (!button) return
    dialog.close()
    const phone = phones.find(({ person }) => person.id === button.value)
    if (!phone) return
    bringToFront(phone.person.id)
    void phone.sayInPrivate(`/start ${code}`)
  })
  dialog.showModal()
}

restarted.querySelector('button').addEventListener('click', () => {
  restarted.hidden = true
})
document.querySelector('.whose').addEventListener('change', ({ target }) => bringToFront(target.value))
document.addEventListener('visibilitychange', () => phones.forEach((phone) => phone.markRead()))
bringToFront(people[1].id)
bringToFront(people[0].id)
receiveLink()
follow()
