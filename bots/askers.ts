import { capitalised } from '../src/shared/names.ts'
import { amountOf, nameInBooks } from './card.ts'
import type { AskerView, TransferView } from './client.ts'
import type { Button, Message } from './messenger.ts'
import type { Texts } from './texts/index.ts'

/** Asks the sender of a transfer whether somebody who wants to collect it is the one. @param here the messenger in which it is asked */
export function askerQuestion(
  asker: AskerView,
  { note, ...transfer }: Pick<TransferView, 'amount' | 'asset' | 'note' | 'shares'>,
  t: Texts,
  here: string,
): Message {
  const text = t(transfer.shares > 1 ? 'asker.askShare' : 'asker.ask', {
    who: exactly(asker, t, here),
    amount: amountOf(transfer),
    note: note ? t('notices.note', { note }) : '',
  })
  const about = { transfer: asker.transfer, turn: asker.turn }
  return {
    text,
    buttons: [
      [
        { label: t('asker.yes'), action: { do: 'confirm', ...about } },
        { label: t('asker.no'), action: { do: 'refuse', ...about } },
      ],
    ],
  }
}

/** The most characters of a name on a button, whose label has 80. */
const MAX_NAME = 24

/** Those who wait for the sender's answer, with the buttons for each. Of one whose sender isn't asked there are none. */
export function askersIn(
  askers: AskerView[],
  t: Texts,
  here: string,
): { lines: string[]; buttons: Button[][] } {
  const waiting = askers.filter(({ answer }) => answer === null).slice(0, MOST_SHOWN)
  return {
    lines: waiting.map((asker) => t('asker.waits', { who: exactly(asker, t, here) })),
    buttons: waiting.map(({ transfer, turn, by }) => {
      const name = nameInBooks(by, t, here, 'card.anyone', MAX_NAME)
      return [
        { label: t('asker.yesTo', { name }), action: { do: 'confirm', transfer, turn } },
        { label: t('asker.noTo', { name }), action: { do: 'refuse', transfer, turn } },
      ]
    }),
  }
}

/** The most who are shown at once: the others follow as these are answered. */
const MOST_SHOWN = 5

/** Name and handle as they are read here, and what can't be chosen: the messenger with its own id. */
const exactly = ({ by }: AskerView, t: Texts, here: string) =>
  t('asker.exactly', { name: nameInBooks(by, t, here), messenger: capitalised(by.messenger), id: by.id })
