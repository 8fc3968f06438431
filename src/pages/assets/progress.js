// Shows how far a payout is while it is being paid. Without scripts the page is loaded again now and then.

const PAUSE_MS = 1500
const busy = () => document.querySelector('#progress[data-busy]')

async function look() {
  if (document.hidden || !busy()) return
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => undefined)
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const progress = page.querySelector('#progress[data-busy]')
  // Once it is paid there is more to show than how far it is.
  if (progress) busy()?.replaceWith(progress)
  else location.reload()
}

if (busy()) setInterval(look, PAUSE_MS)
