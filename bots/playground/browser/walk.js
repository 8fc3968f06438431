/**
 * Lets the keyboard walk through a log: the arrows go from message to message, and Tab reaches the buttons of that one
 * alone. Until then it is the newest: what was said before stands in nobody's way to what comes after the log.
 */
export function walkable(log) {
  const all = () => [...log.querySelectorAll('.message')]

  function settle() {
    const current = log.querySelector('.message:focus-within') ?? all().at(-1)
    for (const button of log.querySelectorAll('button')) button.tabIndex = current.contains(button) ? 0 : -1
  }

  log.addEventListener('focusin', settle)
  log.addEventListener('focusout', settle)
  new MutationObserver(settle).observe(log, { childList: true })
  log.addEventListener('keydown', (press) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[press.key]
    const list = all()
    if (!step || list.length === 0) return
    press.preventDefault()
    const at = list.findIndex((message) => message.contains(document.activeElement))
    const next = at < 0 ? list.length - 1 : Math.min(Math.max(at + step, 0), list.length - 1)
    list[next].focus()
  })
}
