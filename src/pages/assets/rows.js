// Shows new rows of a list while one looks at it, and with them the sums. Without scripts the page has a link to look again.

const PAUSE_MS = 4000
const says = document.querySelector('[data-live]')
/** The rows as they came last; where there were none yet, as the first look finds them. */
let known = document.getElementById('rows')?.outerHTML

async function look() {
  if (document.hidden) return
  const answer = await fetch(says.dataset.live, { cache: 'no-store' }).catch(() => undefined)
  // Whoever looks has been signed out, or is no admin any more: loaded again, the page says which, and shows nothing else.
  if (answer?.status === 401 || answer?.status === 403) return location.reload()
  if (!answer?.ok) return say(says.dataset.away)
  if (says.textContent === says.dataset.away) say('')
  const rows = partOf(await answer.text(), 'rows')
  known ??= rows.outerHTML
  if (rows.outerHTML === known) return
  const page = await fetch(location.href, { cache: 'no-store' }).catch(() => undefined)
  if (!page?.ok) return
  known = rows.outerHTML
  show(rows, partOf(await page.text(), 'sums'))
}

function show(rows, sums) {
  const shown = new Set([...document.querySelectorAll('#rows tbody tr')].map(({ id }) => id))
  const arrived = [...rows.querySelectorAll('tbody tr')].filter(({ id }) => !shown.has(id))
  for (const row of arrived) row.classList.add('arrived')
  replace(rows)
  if (sums) replace(sums)
  if (arrived.length > 0) say(says.dataset.arrived.replace('#', arrived.length))
}

/** Puts a new part in the place of the old one; what was unfolded stays so, and the keyboard where it was. */
function replace(part) {
  const old = document.getElementById(part.id)
  // There was nothing at all before.
  if (!old) return location.reload()
  const focused = document.activeElement?.closest('tr')?.id
  for (const [index, one] of old.querySelectorAll('details').entries())
    if (one.open) part.querySelectorAll('details')[index]?.setAttribute('open', '')
  old.replaceWith(part)
  if (focused) document.getElementById(focused)?.querySelector('a')?.focus({ preventScroll: true })
}

const partOf = (text, id) => new DOMParser().parseFromString(text, 'text/html').getElementById(id)

function say(words) {
  says.textContent = words
}

if (says) {
  say('')
  setInterval(look, PAUSE_MS)
  document.addEventListener('visibilitychange', look)
}
