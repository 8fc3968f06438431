// Keeps an open page up to date: the time that is left, and the transfer's status. Without scripts the page works the same, and
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

setInterval(refresh, PAUSE_MS)
document.addEventListener('visibilitychange', refresh)
