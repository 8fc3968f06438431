import { amountOf, drawCard } from './card.ts'
import type { Cards } from './cards.ts'
import { type ApiClient, body, type TransferView } from './client.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import type { Chat, Messenger, Person, Press, PressAnswer } from './messenger.ts'
import { makeOffer, offerInWords } from './offers.ts'
import type { Log } from './sentences.ts'
import { texts } from './texts/index.ts'

/** What each action is about. */
interface Fields {
  collect: { transfer: string }
  cancel: { transfer: string }
  decline: { transfer: string }
  history: { of: 'person' | 'group'; cursor: string | null }
  /** Makes the transfer that its sender was asked to confirm. */
  make: { offer: string }
  /** Takes back what somebody has offered and nobody has tapped. */
  revoke: object
}
type Name = keyof Fields

/** What a press on a button asks for. Short, and without a secret: others may read it. */
export type Action = { [Do in Name]: { do: Do } & Fields[Do] }[Name]

/** How a button looks: what is asked for most, all else, what can't be undone. */
export type Style = 'primary' | 'secondary' | 'danger'

/** What actions are carried out with. */
export interface ActionContext {
  api: ApiClient
  messenger: Messenger
  cards: Cards
  log: Log
  /** @throws Refused where the messenger doesn't tell the bot */
  isAdmin(chat: Chat, person: Person): Promise<boolean>
}

interface Entry<About> {
  style: Style
  /** As the data of a button, after the action's name: no part holds a colon, and all of it has 64 bytes at most. */
  encode(about: About): string[]
  decode(parts: string[]): About | undefined
  act(about: About, pressed: Press, context: ActionContext): Promise<PressAnswer>
}

const aboutTransfer = {
  encode: ({ transfer }: { transfer: string }) => [transfer],
  decode: ([transfer = '', ...more]: string[]) =>
    isId(transfer) && more.length === 0 ? { transfer } : undefined,
}

/** The one table of actions. Buttons in old messages keep their data: what was encoded once is decoded for ever. */
const ACTIONS: { [Do in Name]: Entry<Fields[Do]> } = {
  collect: {
    ...aboutTransfer,
    style: 'primary',
    async act({ transfer: id }, pressed, context) {
      const { person, key, language } = pressed
      const json = { transfer: id, by: person, key }
      const { transfer } = await body(context.api.claims.$post({ json }))
      const toast = texts(language)('press.collected', { amount: amountOf(transfer) })
      return { toast, card: await context.cards.pressed(pressed, transfer) }
    },
  },
  cancel: {
    ...aboutTransfer,
    style: 'secondary',
    act: ({ transfer: id }, pressed, context) =>
      closing(
        'press.cancelled',
        context.api.transfers[':id'].cancel.$post({ param: { id }, json: byWhom(pressed) }),
        pressed,
        context,
      ),
  },
  decline: {
    ...aboutTransfer,
    style: 'danger',
    act: ({ transfer: id }, pressed, context) =>
      closing(
        'press.declined',
        context.api.transfers[':id'].decline.$post({ param: { id }, json: byWhom(pressed) }),
        pressed,
        context,
      ),
  },
  history: {
    style: 'secondary',
    encode: ({ of, cursor }) => [of, cursor ?? ''],
    decode([of, cursor = 'none', ...more]) {
      const isPage = (of === 'person' || of === 'group') && /^[0-9a-f-]{0,36}$/.test(cursor)
      return isPage && more.length === 0 ? { of, cursor: cursor || null } : undefined
    },
    async act({ of, cursor }, { person, chat, language }, { api, messenger, isAdmin }) {
      const t = texts(language)
      if (of === 'group' && !(await isAdmin(chat, person))) return { toast: t('history.onlyAdmins') }
      const message =
        of === 'group'
          ? await historyOfGroup(api, messenger.name, chat, cursor, language)
          : await historyOfPerson(api, person, cursor, language)
      return { toast: t('press.turned'), message }
    },
  },
  make: {
    style: 'primary',
    encode: ({ offer }) => [offer],
    decode: ([offer = '', ...more]) => (isId(offer) && more.length === 0 ? { offer } : undefined),
    /** What its sender has confirmed is made, and its card posted, however often they press. */
    async act({ offer }, { person, language, place, target }, { api, messenger, cards }) {
      const t = texts(language)
      if (!place || !target) return { toast: t('press.stale') }
      const card = { messenger: messenger.name, ...target, language }
      const transfer = await makeOffer(api, offer, person, place, card)
      const drawn = drawCard(transfer, language, messenger.name)
      if (drawn.state !== 'open') return { toast: drawn.status, message: { text: drawn.status } }
      if (!(await cards.isShown(transfer.id, target.chat)))
        void cards.showOrLeave(drawn, person, (one) => messenger.post(one, target))
      return {
        toast: t('press.sent', { amount: amountOf(transfer) }),
        message: { text: t('late.sent', { offer: offerInWords(transfer, t, messenger.name) }) },
      }
    },
  },
  revoke: {
    style: 'secondary',
    encode: () => [],
    decode: (parts) => (parts.length === 0 ? {} : undefined),
    async act(_, { person, language }, { api }) {
      const { revoked } = await body(api.offers.revoke.$post({ json: { by: person } }))
      return { toast: texts(language)(revoked > 0 ? 'press.revoked' : 'press.nothingToRevoke') }
    },
  },
}

/** An action as the data of a button, 64 bytes at most. */
export const encodeAction = (action: Action): string =>
  [action.do, ...entryOf(action.do).encode(action)].join(':')

/** @returns undefined where it is none, or none of ours */
export function decodeAction(data: string): Action | undefined {
  const [name = '', ...parts] = data.split(':')
  if (!Object.hasOwn(ACTIONS, name)) return undefined
  const about = entryOf(name as Name).decode(parts)
  return about && ({ do: name, ...about } as Action)
}

export const styleOf = (action: Action): Style => entryOf(action.do).style

/**
 * Carries out what a press asks for.
 * @throws Refused
 */
export const act = (pressed: Press, context: ActionContext): Promise<PressAnswer> =>
  entryOf(pressed.action.do).act(pressed.action, pressed, context)

/** The name alone tells what an action is about: each entry is handed its own. */
const entryOf = (name: Name) => ACTIONS[name] as Entry<object>

const isId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

const byWhom = ({ person: by, key }: Press) => ({ by, key })

async function closing(
  done: 'press.cancelled' | 'press.declined',
  asked: Parameters<typeof body<TransferView>>[0],
  pressed: Press,
  { cards }: ActionContext,
): Promise<PressAnswer> {
  const transfer = await body(asked)
  const toast = texts(pressed.language)(done, { amount: amountOf(transfer) })
  return { toast, card: await cards.pressed(pressed, transfer) }
}
