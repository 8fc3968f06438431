import { el, fill } from './dom.js'

/**
 * A message as one person's phone shows it.
 * @param phone whose phone it is: its person, everybody else, and what happens on a press, a reply, an opened link
 */
export function drawMessage(message, phone) {
  const { person, people } = phone
  const author = people.find(({ id }) => id === message.by)
  const name = author?.name ?? person.words.bot
  const mine = message.by === person.id
  const at = new Intl.DateTimeFormat(person.language, { timeStyle: 'short' }).format(new Date(message.at))
  const replies = author && !mine
  const bubble = el(
    'div',
    { className: 'bubble', onclick: replies ? () => isTap() && phone.reply(message) : null },
    el('b', { className: mine ? 'by unseen' : 'by' }, name),
    quote(message, phone),
    message.text === null ? null : el('p', { className: 'text', dir: 'auto' }, message.text),
    message.card && drawCard(message, person),
    drawButtons(message, phone),
    el('time', { dateTime: message.at }, at),
  )
  return el(
    'article',
    {
      className: `message ${mine ? 'mine' : author ? 'theirs' : 'bots'}`,
      id: `${person.id}-${message.id}`,
      tabIndex: -1,
    },
    mine ? null : avatar(author),
    bubble,
    replies &&
      el(
        'button',
        {
          type: 'button',
          className: 'icon reply',
          'aria-label': fill(person.words.reply, { name }),
          onclick: () => phone.reply(message),
        },
        '↩',
      ),
  )
}

/** What a screen reader says of a message that comes or changes. */
export const inWords = ({ text, card }) =>
  text ?? [card.amount, card.title, card.note, card.status].filter(Boolean).join(', ')

/** Counts the time left of all cards in a log. */
export function countDown(log, person) {
  for (const timer of log.querySelectorAll('[data-until]'))
    timer.textContent = timeLeft(timer.dataset, person)
}

// A tap on a message answers it; selecting its text doesn't.
const isTap = () => getSelection()?.isCollapsed ?? true

function avatar(author) {
  if (!author) return el('span', { className: 'avatar', 'data-by': 'bot', 'aria-hidden': 'true' })
  const own = document.querySelector(`#${author.id} > header .avatar`)
  return own.cloneNode(true)
}

function quote({ replyTo }, { messages, people }) {
  const quoted = replyTo && messages.get(replyTo)
  if (!quoted) return null
  const author = people.find(({ id }) => id === quoted.by)
  return el('p', { className: 'quote' }, el('b', {}, author?.name ?? ''), ' ', inWords(quoted))
}

function drawCard({ id, card }, person) {
  const [number, asset] = card.amount.split(' ')
  return el(
    'div',
    { className: 'transfer', lang: card.language, 'data-state': card.state },
    el('p', { className: 'title', dir: 'auto' }, card.title),
    el('p', { className: 'sum' }, el('strong', {}, number), ` ${asset}`),
    card.hasCode
      ? el('img', {
          className: card.hasPicture ? 'picture' : 'square',
          src: `/playground/messages/${id}/${card.hasPicture ? 'card.png' : 'qr.svg'}`,
          lang: person.language,
          alt: fill(person.words.qr, { amount: card.amount }),
          width: card.hasPicture ? 270 : 140,
          height: card.hasPicture ? 370 : 140,
        })
      : null,
    el('p', { className: 'status' }, card.status),
    card.hint && el('p', { className: 'left' }, card.hint),
    card.expiresAt
      ? el(
          'p',
          {
            className: 'left',
            role: 'timer',
            lang: person.language,
            'data-until': card.expiresAt,
            'data-of': card.isSettled ? 'lot' : (card.of ?? ''),
          },
          timeLeft({ until: card.expiresAt, of: card.isSettled ? 'lot' : card.of }, person),
        )
      : null,
    card.note && el('p', { className: 'memo', dir: 'auto' }, card.note),
  )
}

function drawButtons(message, phone) {
  const buttons = message.buttons.flat()
  if (buttons.length === 0) return null
  const links = buttons.filter(({ data }) => data === null)
  return el(
    'div',
    { className: 'buttons', lang: message.card?.language ?? phone.person.language },
    ...buttons.map((button) => {
      const { label, data } = button
      return el(
        'button',
        {
          type: 'button',
          className: /^(collect|share|approve|pay):/.test(data) ? 'main' : '',
          onclick: ({ currentTarget }) =>
            data === null
              ? phone.openLink(message, links.indexOf(button))
              : phone.press(currentTarget, message, data),
        },
        label,
      )
    }),
  )
}

/** What a card says of its end before it, and after it: of an ask, of what lots are drawn for, and of other money. */
const ENDS = {
  ask: ['endsIn', 'isOver'],
  lot: ['lotsIn', 'lotsNow'],
  transfer: ['goesBack', 'goesBackNow'],
}

function timeLeft({ until, of }, { words, language }) {
  const milliseconds = Date.parse(until) - Date.now()
  const [then, now] = ENDS[of] ?? ENDS.transfer
  if (milliseconds <= 0) return words[now]
  const seconds = Math.floor(milliseconds / 1000)
  const parts = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor(seconds / 3600) % 24],
    ['minute', Math.floor(seconds / 60) % 60],
    ['second', seconds % 60],
  ]
  const first = parts.findIndex(([, count]) => count > 0)
  const time = parts
    .slice(first, first < 0 ? undefined : first + 2)
    .map(([unit, count]) =>
      new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count),
    )
    .join(' ')
  return fill(words[then], { time })
}
