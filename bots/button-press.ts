import { setTimeout as sleep } from 'node:timers/promises'
import { type ActionContext, aboutOf, act, encodeAction } from './actions.ts'
import { OUTDATED } from './cards.ts'
import { Refused } from './client.ts'
import type { ButtonPress, PressAnswer } from './messenger.ts'
import { explain } from './refusals.ts'
import { texts } from './texts/index.ts'

/** How often, and with which pause in milliseconds, the core is asked for a card that may be about to be recorded. */
const CHECKS = 4
const CHECK_PAUSE_MS = 300

/** Carries out button presses. A client can send any data, so the message has to have that button. */
export function createButtonHandler(context: ActionContext) {
  const { messenger, cards, log } = context

  async function press(pressed: ButtonPress): Promise<PressAnswer> {
    try {
      if (await hasButton(pressed)) return await act(pressed, context)
      return { toast: texts(pressed.language)('press.stale'), isRefused: true }
    } catch (error) {
      const isOutdated = error instanceof Refused && OUTDATED.includes(error.code)
      const card = isOutdated ? await cards.refreshOutdated(pressed) : undefined
      const about = { messenger: messenger.name, press: pressed.action.do }
      const toast = explain(error, pressed.language, log, about)
      return { toast, isRefused: true, ...(isOutdated && { isOver: true }), card }
    }
  }

  /** Whether the message shows the button, or is a card of what the button is about: then it has shown it before. */
  async function hasButton({ action, buttons, place }: ButtonPress): Promise<boolean> {
    if (buttons?.includes(encodeAction(action))) return true
    const shown = aboutOf(action)
    if (!shown || !place) return false
    // A card is recorded just after it was posted, so a quick tap may come before that.
    for (let checks = buttons ? 1 : CHECKS; checks > 0; checks--) {
      if (await cards.isRecorded(shown, place)) return true
      if (checks > 1) await sleep(CHECK_PAUSE_MS)
    }
    return false
  }

  return press
}
