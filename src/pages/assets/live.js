// Keeps an open page up to date: the time that is left, and how what it shows stands. Without scripts the page works the same, and
// shows what was true when it was opened.

const PAUSE_MS = 5000
const statusOf = (page) => {
  const { status, claimed, entered } = page.querySelector('main')?.dataset ?? {}
  return `${status} ${claimed} ${entered}`
}

async function refresh() {
  if (document.hidden || !document.querySelector('main[data-changes]')) return
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => undefined)
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (statusOf(page) !== statusOf(document)) {
    document.querySelector('main').replaceWith(page.querySelector('main'))
    return
  }
  const [shown, left] = [document, page].map((one) => one.querySelector('[data-live]'))
  if (shown && left && shown.textContent !== left.textContent) shown.textContent = left.textContent
}

async function follow() {
  for (;;) {
    const changes = document.querySelector('main')?.dataset.changes
    if (changes === undefined) return
    // Where the page names an address, that answers as soon as something has changed, or after a while with nothing (204).
    const isAsked = changes !== '' && !document.hidden
    const answer = isAsked ? await fetch(changes, { cache: 'no-store' }).catch(() => undefined) : undefined
    if (answer?.ok) await refresh()
    if (answer?.status !== 204) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if (!answer?.ok) await refresh()
  }
}

void follow()
document.addEventListener('visibilitychange', refresh)
