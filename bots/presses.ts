import { setTimeout as sleep } from 'node:timers/promises'
import { amountOf, drawCard } from './card.ts'
import { type Cards, OVER, postedLater } from './cards.ts'
import { type ApiClient, body, Refused } from './client.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import {
  type Chat,
  encodeAction,
  type Messenger,
  type Person,
  type Press,
  type PressAnswer,
} from './messenger.ts'
import { makeOffer, offerInWords } from './offers.ts'
import { inWords, type Log } from './sentences.ts'
import { texts } from './texts/index.ts'

/** How often it is looked whether a card hangs where somebody pressed, when nothing else tells. */
const LOOKS = 4
const LOOKS_PAUSE_MS = 300

interface Sources {
  api: ApiClient
  messenger: Messenger
  cards: Cards
  log: Log
  /** @throws Refused where the messenger doesn't tell the bot */
  isAdmin(chat: Chat, person: Person): Promise<boolean>
}

/** Carries out what a button asks for, as far as its message offers that. */
export function createPresses({ api, messenger, cards, log, isAdmin }: Sources) {
  async function press(pressed: Press): Promise<PressAnswer> {
    try {
      if (await isBelieved(pressed)) return await act(pressed)
      return { toast: texts(pressed.language)('press.stale') }
    } catch (error) {
      if (error instanceof Refused && OVER.includes(error.code)) await cards.lookAgain(pressed)
      const what = { messenger: messenger.name, press: pressed.action.do }
      return { toast: inWords(error, pressed.language, log, what) }
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

  async function act(pressed: Press): Promise<PressAnswer> {
    const { person, chat, language, key, action } = pressed
    const t = texts(language)
    switch (action.do) {
      case 'collect': {
        const { transfer } = await body(
          api.claims.$post({ json: { transfer: action.transfer, by: person, key } }),
        )
        return { toast: t('press.collected', { amount: amountOf(transfer) }) }
      }
      case 'cancel':
      case 'decline': {
        const asked = { param: { id: action.transfer }, json: { by: person, key } }
        const one = api.transfers[':id']
        const transfer = await body(
          action.do === 'cancel' ? one.cancel.$post(asked) : one.decline.$post(asked),
        )
        const done = action.do === 'cancel' ? 'press.cancelled' : 'press.declined'
        return { toast: t(done, { amount: amountOf(transfer) }) }
      }
      case 'history': {
        if (action.of === 'person')
          return {
            toast: t('press.turned'),
            message: await historyOfPerson(api, person, action.cursor, language),
          }
        if (!(await isAdmin(chat, person))) return { toast: t('history.onlyAdmins') }
        return {
          toast: t('press.turned'),
          message: await historyOfGroup(api, messenger.name, chat, action.cursor, language),
        }
      }
      case 'make':
        return confirm(action.offer, pressed)
      case 'revoke': {
        const { revoked } = await body(api.offers.revoke.$post({ json: { by: person } }))
        return { toast: t(revoked > 0 ? 'press.revoked' : 'press.nothingToRevoke') }
      }
    }
  }

  /** What its sender has confirmed is made, and its card posted, however often they press. */
  async function confirm(offer: string, { person, language, place, target }: Press): Promise<PressAnswer> {
    const t = texts(language)
    if (!place || !target) return { toast: t('press.stale') }
    const card = { messenger: messenger.name, ...target, language }
    const transfer = await makeOffer(api, offer, person, place, card)
    const drawn = drawCard(transfer, language, messenger.name)
    if (drawn.state !== 'open') return { toast: drawn.status, message: { text: drawn.status } }
    if (!(await cards.isShown(transfer.id, target.chat)))
      void cards.show(drawn, person, (one) => messenger.post(one, target)).catch(postedLater(log, messenger))
    return {
      toast: t('press.sent', { amount: amountOf(transfer) }),
      message: { text: t('late.sent', { offer: offerInWords(transfer, t, messenger.name) }) },
    }
  }

  return press
}
