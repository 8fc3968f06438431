import { setTimeout as sleep } from 'node:timers/promises'
import { type ActionContext, act, encodeAction } from './actions.ts'
import { OVER } from './cards.ts'
import { Refused } from './client.ts'
import type { Press, PressAnswer } from './messenger.ts'
import { inWords } from './sentences.ts'
import { texts } from './texts/index.ts'

/** How often it is looked whether a card hangs where somebody pressed, when nothing else tells. */
const LOOKS = 4
const LOOKS_PAUSE_MS = 300

/** Carries out what a button asks for, as far as its message offers that. */
export function createPresses(context: ActionContext) {
  const { messenger, cards, log } = context

  async function press(pressed: Press): Promise<PressAnswer> {
    try {
      if (await isBelieved(pressed)) return await act(pressed, context)
      return { toast: texts(pressed.language)('press.stale') }
    } catch (error) {
      const isOver = error instanceof Refused && OVER.includes(error.code)
      const card = isOver ? await cards.lookAgain(pressed) : undefined
      const what = { messenger: messenger.name, press: pressed.action.do }
      return { toast: inWords(error, pressed.language, log, what), card }
    }
  }

  /** A button is believed where its message shows it, and where a card of its transfer hangs: that has shown it before. */
  async function isBelieved({ action, buttons, place }: Press): Promise<boolean> {
    if (buttons?.includes(encodeAction(action))) return true
    if (!('transfer' in action) || !place) return false
    // A card is noted when it hangs there: who taps at that very moment is not turned away.
    for (let looks = buttons ? 1 : LOOKS; looks > 0; looks--) {
      if (await cards.isNoted(action.transfer, place)) return true
      if (looks > 1) await sleep(LOOKS_PAUSE_MS)
    }
    return false
  }

  return press
}
