import { el } from './dom.js'

/**
 * Offers the commands while one is being typed: a combobox, worked by arrows and Enter, or by tapping. What is no whole
 * command yet becomes the first that it may be.
 * @param chosen is told the command that was chosen
 */
export function offerCommands(input, list, commands, chosen) {
  let active = -1

  function draw() {
    const typed = /^[/／]([a-z]*)$/i.exec(input.value)
    const matching = typed ? commands.filter(({ name }) => name.startsWith(typed[1].toLowerCase())) : []
    active = -1
    list.replaceChildren(...matching.map(option))
    list.hidden = matching.length === 0
    input.setAttribute('aria-expanded', String(!list.hidden))
    input.removeAttribute('aria-activedescendant')
    if (matching.length > 0 && !matching.some(({ name }) => name === typed[1].toLowerCase())) move(1)
  }

  const option = (command) =>
    el(
      'li',
      {
        role: 'option',
        id: `${list.id}-${command.name}`,
        'aria-selected': 'false',
        // The input keeps the focus.
        onmousedown: (press) => press.preventDefault(),
        onclick: () => choose(command.name),
      },
      el('b', {}, command.usage),
      el('span', {}, command.about),
    )

  function move(step) {
    const options = [...list.children]
    options[active]?.setAttribute('aria-selected', 'false')
    active = (active + step + options.length + (active < 0 && step < 0 ? 1 : 0)) % options.length
    options[active].setAttribute('aria-selected', 'true')
    options[active].scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', options[active].id)
  }

  function choose(name) {
    chosen(name)
    close()
  }

  function close() {
    list.hidden = true
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }

  input.addEventListener('input', draw)
  input.addEventListener('focus', draw)
  input.addEventListener('blur', close)
  input.addEventListener('keydown', (press) => {
    if (list.hidden || press.isComposing) return
    const steps = { ArrowDown: 1, ArrowUp: -1 }
    if (press.key in steps) move(steps[press.key])
    else if (press.key === 'Escape') close()
    else if (press.key === 'Enter' && active >= 0) choose(list.children[active].id.slice(list.id.length + 1))
    else return
    press.preventDefault()
  })
}
