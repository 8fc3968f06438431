import { codeIn } from '../../src/shared/pasted-code.ts'
import { mayBePhrase } from '../../src/shared/phrase.ts'
import { asTyped } from '../../src/shared/text.ts'
import { amountOf, nameOf, treasuryIn } from '../card.ts'
import { type ApiClient, body, Refused, type TransferView } from '../client.ts'
import { groupOf, type Invocation, type Person, wordsAsTyped } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { timeIn } from '../texts/moment.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(invocation, { api }) {
    const t = texts(invocation.language)
    const code = codeTyped(invocation)
    const phrase = code ? undefined : phraseTyped(invocation)
    if (!code && !phrase) {
      const shown = asTyped(typedIn(invocation))
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { person: by, key } = invocation
    const json = code ? { code, by, key } : { phrase, group: groupOf(invocation), by, key }
    const { transfer, amount, turn } = await body(api.claims.$post({ json }))
    if (amount === null) {
      const time = timeIn(transfer.expiresAt, invocation.language)
      return { message: { text: t('press.entered', { turn, time }) } }
    }
    const details = {
      amount: amountOf({ ...transfer, amount }),
      name:
        treasuryIn(transfer, 'from', t, 'sentence') ?? nameOf(transfer.from, t, invocation.person.messenger),
    }
    return { message: { text: t('collect.done', details) } }
  },
}

/** What was entered as the code, in its field or after the command. */
export const typedIn = ({ fields, words }: Invocation): string =>
  typeof fields?.code === 'string' ? fields.code : words

/** The code in what was entered, or undefined where it has none. */
export const codeTyped = (invocation: Invocation): string | undefined => codeIn(typedIn(invocation))

/** The words in what was entered that may open a transfer; undefined where it looks like a code that was mistyped. */
export function phraseTyped(invocation: Invocation): string | undefined {
  const typed = wordsAsTyped({ ...invocation, words: typedIn(invocation) })
  return mayBePhrase(typed) && !/^[\w-]{16,}$/.test(typed) ? typed : undefined
}

/**
 * The transfer of a code.
 * @throws Refused also where its asset isn't used in the person's messenger: nobody could collect it there
 */
export const transferOf = (code: string, person: Person, api: ApiClient): Promise<TransferView> =>
  dealtIn(body(api.transfers.find.$post({ json: { code } })), person, api)

/** What somebody wants to see. @throws Refused where its asset isn't used in their messenger */
export async function dealtIn<T extends { asset: string }>(
  wanted: Promise<T>,
  { messenger }: Person,
  api: ApiClient,
): Promise<T> {
  const [found, { items }] = await Promise.all([wanted, body(api.assets.$get({ query: { messenger } }))])
  const { asset } = found
  if (items.some((one) => one.code === asset)) return found
  throw new Refused({ code: 'wrong_asset', detail: 'The messenger does not deal in it.', details: { asset } })
}
