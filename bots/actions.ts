import { opensElsewhere } from '../src/shared/link.ts'
import { isForSeveral } from '../src/shared/shares.ts'
import { drawAsk } from './ask-card.ts'
import { amountOf, drawCard, nameInBooks, nameOf } from './card.ts'
import type { Cards, Shown } from './cards.ts'
import { type ApiClient, type AskView, body, type TransferView } from './client.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import { readChange } from './commands/parse-rules.ts'
import { refundInWords } from './commands/refund.ts'
import { rulesOf, saveRules } from './commands/rules.ts'
import { openTransfer } from './commands/waiting.ts'
import type { Log } from './log.ts'
import type { ButtonPress, Chat, Messenger, Person, PressAnswer } from './messenger.ts'
import { makeOffer, offerInWords } from './offers.ts'
import { rulesInWords } from './rules-in-words.ts'
import { texts } from './texts/index.ts'
import { timeIn } from './texts/moment.ts'

/** What each action says besides its name. */
interface Fields {
  collect: { transfer: string }
  cancel: { transfer: string }
  decline: { transfer: string }
  /** Shows what the sender can do about an open transfer. */
  manage: { transfer: string }
  /** Reminds the one whom a transfer is for. */
  reminder: { transfer: string }
  /** Gives it more time. */
  extend: { transfer: string }
  /** Gives it another code. */
  reissue: { transfer: string }
  /** Shows the words that were made to open it, by themselves. */
  words: { transfer: string }
  /** The sender's yes to somebody who wants to collect a transfer, by the turn in which they have asked; and the no. */
  confirm: { transfer: string; turn: number }
  refuse: { transfer: string; turn: number }
  /** Gives back what the one who presses it has collected. */
  refund: { transfer: string }
  history: { of: 'person' | 'group'; cursor: string | null }
  /** Makes the transfer of an offer that its sender was asked to confirm. */
  make: { offer: string; picture?: boolean | undefined }
  /** Takes back all offers of somebody that nobody has tapped. */
  revoke: object
  /** Saves a rule of the group, in the words that `readChange` reads. */
  rules: { set: string }
  /** Erases what the one who presses it is called. */
  forget: object
  /** Whether the other side of a link is the one who presses it. */
  link: { request: string; isYes: boolean }
  /** Parts the one who presses it from their other identities. */
  unlink: object
  approve: { payout: string }
  /** Collects what a payout has for whoever presses. */
  share: { payout: string }
  /** Takes back what nobody has collected of a payout. */
  withdraw: { payout: string }
  /** Pays what an ask wants of whoever presses. */
  pay: { ask: string }
  /** Gives an amount for a pool. */
  give: { ask: string; amount: string }
  /** Reminds those who have not paid an ask. */
  remind: { ask: string }
  end: { ask: string }
}
type Name = keyof Fields

/** What a button does. Messengers hold it as the button's data, which others may read: it is short, and has no secret. */
export type Action = { [Do in Name]: { do: Do } & Fields[Do] }[Name]

/** How a button looks: `primary` for what most people want, `danger` for what can't be undone. */
export type Style = 'primary' | 'secondary' | 'danger'

/** What actions are carried out with. */
export interface ActionContext {
  api: ApiClient
  messenger: Messenger
  cards: Cards
  log: Log
  /** @throws Refused where the messenger doesn't give the bot its admins */
  isAdmin(chat: Chat, person: Person): Promise<boolean>
}

interface Entry<About> {
  style: Style
  /** The parts of a button's data after the action's name. No part has a colon; all together have 64 bytes at most. */
  encode(about: About): string[]
  /** @returns undefined where the parts are none of this action */
  decode(parts: string[]): About | undefined
  act(about: About, pressed: ButtonPress, context: ActionContext): Promise<PressAnswer>
}

const aboutTransfer = {
  encode: ({ transfer }: { transfer: string }) => [transfer],
  decode: ([transfer = '', ...more]: string[]) =>
    isId(transfer) && more.length === 0 ? { transfer } : undefined,
}

const aboutAsker = {
  encode: ({ transfer, turn }: { transfer: string; turn: number }) => [transfer, String(turn)],
  decode: ([transfer = '', turn = '', ...more]: string[]) =>
    isId(transfer) && /^[1-9]\d{0,5}$/.test(turn) && more.length === 0
      ? { transfer, turn: Number(turn) }
      : undefined,
}

const aboutNothing = {
  encode: () => [],
  decode: (parts: string[]) => (parts.length === 0 ? {} : undefined),
}

const aboutPayout = {
  encode: ({ payout }: { payout: string }) => [payout],
  decode: ([payout = '', ...more]: string[]) => (isId(payout) && more.length === 0 ? { payout } : undefined),
}

const aboutAsk = {
  encode: ({ ask }: { ask: string }) => [ask],
  decode: ([ask = '', ...more]: string[]) => (isId(ask) && more.length === 0 ? { ask } : undefined),
}

/** All actions. Old messages keep their buttons, so the form of the data never changes. */
const ACTIONS: { [Do in Name]: Entry<Fields[Do]> } = {
  collect: {
    ...aboutTransfer,
    style: 'primary',
    async act({ transfer: id }, pressed, context) {
      const { person, key, language } = pressed
      const json = { transfer: id, by: person, key }
      const { transfer, amount, turn } = await body(context.api.claims.$post({ json }))
      const t = texts(language)
      const toast =
        amount === null
          ? t('press.entered', { turn, time: timeIn(transfer.expiresAt, language) })
          : t('press.collected', { amount: amountOf({ ...transfer, amount }) })
      return { toast, card: await drawnAfter(pressed, transfer, context) }
    },
  },
  cancel: {
    ...aboutTransfer,
    style: 'secondary',
    act: ({ transfer: id }, pressed, context) =>
      close(
        'press.cancelled',
        context.api.transfers[':id'].cancel.$post({ param: { id }, json: byAndKey(pressed) }),
        pressed,
        context,
      ),
  },
  decline: {
    ...aboutTransfer,
    style: 'danger',
    act: ({ transfer: id }, pressed, context) =>
      close(
        'press.declined',
        context.api.transfers[':id'].decline.$post({ param: { id }, json: byAndKey(pressed) }),
        pressed,
        context,
      ),
  },
  manage: {
    ...aboutTransfer,
    style: 'secondary',
    async act({ transfer }, { person, language }, { api }) {
      const message = await openTransfer(api, transfer, person, language)
      return { toast: texts(language)('press.turned'), message }
    },
  },
  reminder: {
    ...aboutTransfer,
    style: 'primary',
    async act({ transfer: id }, { person: by, language }, { api, messenger }) {
      const { to } = await body(api.transfers[':id'].remind.$post({ param: { id }, json: { by } }))
      const t = texts(language)
      return { toast: t('press.reminding', { name: nameOf(to, t, messenger.name) }) }
    },
  },
  extend: {
    ...aboutTransfer,
    style: 'secondary',
    async act({ transfer: id }, pressed, { api }) {
      const { person, language } = pressed
      const json = byAndKey(pressed)
      const { expiresAt } = await body(api.transfers[':id'].extend.$post({ param: { id }, json }))
      return {
        toast: texts(language)('press.extended', { time: timeIn(expiresAt, language) }),
        message: await openTransfer(api, id, person, language),
      }
    },
  },
  reissue: {
    ...aboutTransfer,
    style: 'danger',
    async act({ transfer: id }, pressed, { api }) {
      const json = byAndKey(pressed)
      const { code, link } = await body(api.transfers[':id'].reissue.$post({ param: { id }, json }))
      const t = texts(pressed.language)
      const { text, buttons } = await openTransfer(api, id, pressed.person, pressed.language)
      const lines = [text, t('waiting.reissued'), ...(opensElsewhere(link) ? [link] : []), `/collect ${code}`]
      return { toast: t('press.reissued'), message: { text: lines.join('\n'), ...(buttons && { buttons }) } }
    },
  },
  words: {
    ...aboutTransfer,
    style: 'secondary',
    async act({ transfer: id }, { person: by, language }, { api }) {
      const { words } = await body(api.transfers[':id'].words.$post({ param: { id }, json: { by } }))
      return { toast: texts(language)('press.turned'), message: { text: words } }
    },
  },
  confirm: {
    ...aboutAsker,
    style: 'primary',
    async act({ transfer, turn }, { person: by, language }, { api, messenger }) {
      const param = { id: transfer, turn: String(turn) }
      const paid = await body(api.transfers[':id'].askers[':turn'].yes.$post({ param, json: { by } }))
      const t = texts(language)
      const details = {
        amount: amountOf({ ...paid.transfer, amount: paid.amount }),
        name: nameInBooks(paid.asker.by, t, messenger.name),
      }
      return { toast: t('press.confirmed', details), message: { text: t('asker.confirmed', details) } }
    },
  },
  refuse: {
    ...aboutAsker,
    style: 'danger',
    async act({ transfer, turn }, { person: by, language }, { api, messenger }) {
      const param = { id: transfer, turn: String(turn) }
      const asker = await body(api.transfers[':id'].askers[':turn'].no.$post({ param, json: { by } }))
      const t = texts(language)
      const name = nameInBooks(asker.by, t, messenger.name)
      return { toast: t('press.refused'), message: { text: t('asker.refused', { name }) } }
    },
  },
  refund: {
    ...aboutTransfer,
    style: 'secondary',
    async act({ transfer }, { person, key, language }, { api }) {
      const text = await refundInWords(api, transfer, person, key, language)
      return { toast: text, message: { text } }
    },
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
    encode: ({ offer, picture }) => (picture ? [offer, 'picture'] : [offer]),
    decode([offer = '', picture, ...more]) {
      const isOffer = isId(offer) && (picture === undefined || picture === 'picture') && more.length === 0
      return isOffer ? { offer, ...(picture && { picture: true }) } : undefined
    },
    /** However often it is pressed, the transfer is made and its card posted once. */
    async act({ offer, picture }, { person, chat, language, place, target }, { api, messenger, cards }) {
      const t = texts(language)
      if (!target) return { toast: t('press.stale') }
      const card = { messenger: messenger.name, ...target, language, picture }
      const transfer = await makeOffer(api, offer, person, place ?? { chat: chat.id, message: offer }, card)
      const drawn = { ...drawCard(transfer, language, messenger.name), picture }
      if (drawn.state !== 'open') return { toast: drawn.status, message: { text: drawn.status } }
      if (!(await cards.isShown({ transfer: transfer.id }, target.chat)))
        void cards.showOrDefer(drawn, person, (one) => messenger.post(one, target))
      return {
        toast: t('press.sent', { amount: amountOf(transfer) }),
        message: { text: t('delayed.sent', { offer: offerInWords(transfer, t, messenger.name) }) },
      }
    },
  },
  revoke: {
    ...aboutNothing,
    style: 'secondary',
    async act(_, { person, language }, { api }) {
      const { revoked } = await body(api.offers.revoke.$post({ json: { by: person } }))
      return { toast: texts(language)(revoked > 0 ? 'press.revoked' : 'press.nothingToRevoke') }
    },
  },
  rules: {
    style: 'primary',
    encode: ({ set }) => [set],
    decode: ([set = '', ...more]) => (set && set.length <= 58 && more.length === 0 ? { set } : undefined),
    async act({ set }, { person, chat, language }, { api, isAdmin }) {
      if (!(await isAdmin(chat, person))) return { toast: texts(language)('refusals.not_admin') }
      const change = readChange(set, await rulesOf(api, person.messenger, chat))
      if (!change) return { toast: texts(language)('press.stale') }
      const saved = await saveRules(api, person, chat, change.rules)
      const t = texts(saved.rules.language ?? language)
      return {
        toast: t('rules.saved'),
        message: { text: [t('rules.saved'), ...rulesInWords(saved.rules, saved, t)].join('\n') },
      }
    },
  },
  forget: {
    ...aboutNothing,
    style: 'danger',
    async act(_, { person: { messenger, id }, language }, { api }) {
      await body(api.people[':messenger'][':id'].forget.$post({ param: { messenger, id } }))
      const t = texts(language)
      return { toast: t('press.forgotten'), message: { text: t('forget.done') } }
    },
  },
  link: {
    style: 'primary',
    encode: ({ request, isYes }) => [request, isYes ? 'y' : 'n'],
    decode: ([request = '', answer = '', ...more]) =>
      isId(request) && /^[yn]$/.test(answer) && more.length === 0
        ? { request, isYes: answer === 'y' }
        : undefined,
    async act({ request: id, isYes }, { person, language }, { api, messenger }) {
      const t = texts(language)
      const route = api['identity-links'][':id']
      const request = { param: { id }, json: { by: person } }
      if (!isYes) {
        await body(route.refuse.$post(request))
        return { toast: t('press.linkRefused'), message: { text: t('link.refused') } }
      }
      const { linked, other } = await body(route.confirm.$post(request))
      const name = nameInBooks(other, t, messenger.name)
      return linked
        ? { toast: t('press.linked'), message: { text: t('link.done', { name }) } }
        : { toast: t('press.linkWaits'), message: { text: t('link.waits', { name }) } }
    },
  },
  unlink: {
    ...aboutNothing,
    style: 'danger',
    async act(_, { person: { messenger, id }, language }, { api }) {
      const t = texts(language)
      const { other } = await body(api.people[':messenger'][':id'].unlink.$post({ param: { messenger, id } }))
      const name = nameInBooks(other, t, messenger)
      return { toast: t('press.unlinked'), message: { text: t('link.left', { name }) } }
    },
  },
  approve: {
    ...aboutPayout,
    style: 'primary',
    async act({ payout: id }, { person, chat, language }, { api, isAdmin }) {
      // The core asks for itself; the messenger's answer of this moment saves it the way.
      if (chat.kind === 'group') await isAdmin(chat, person)
      const { approvals } = await body(
        api.payouts[':id'].approvals.$post({ param: { id }, json: { by: person } }),
      )
      const { needed = 0, by = [] } = approvals ?? {}
      const toast = by.length < needed ? 'press.approved' : 'press.approvedLast'
      return { toast: texts(language)(toast, { got: by.length, needed }) }
    },
  },
  share: {
    ...aboutPayout,
    style: 'primary',
    async act({ payout: id }, { person, key, language }, { api }) {
      const json = { by: person, key }
      const { transfer } = await body(api.payouts[':id'].claims.$post({ param: { id }, json }))
      return { toast: texts(language)('press.collected', { amount: amountOf(transfer) }) }
    },
  },
  withdraw: {
    ...aboutPayout,
    style: 'secondary',
    async act({ payout: id }, { person, language }, { api }) {
      await body(api.payouts[':id'].cancel.$post({ param: { id }, json: { by: person } }))
      return { toast: texts(language)('press.withdrawn') }
    },
  },
  pay: {
    ...aboutAsk,
    style: 'primary',
    async act({ ask: id }, pressed, context) {
      const { person, language } = pressed
      const param = { id }
      const { ask, transfer } = await body(
        context.api.asks[':id'].payments.$post({ param, json: byAndKey(pressed) }),
      )
      const t = texts(language)
      const name = nameOf(ask.by, t, person.messenger)
      const toast = t('press.paid', { amount: amountOf(transfer), name })
      return { toast, card: await askDrawnAfter(pressed, ask, context) }
    },
  },
  give: {
    style: 'primary',
    encode: ({ ask, amount }) => [ask, amount],
    decode: ([ask = '', amount = '', ...more]) =>
      isId(ask) && /^\d{1,20}(\.\d{1,20})?$/.test(amount) && more.length === 0 ? { ask, amount } : undefined,
    async act({ ask: id, amount }, pressed, context) {
      const json = { ...byAndKey(pressed), amount }
      const { ask, transfer } = await body(context.api.asks[':id'].payments.$post({ param: { id }, json }))
      const given = { amount: amountOf(transfer) }
      const toast = texts(pressed.language)(ask.state === 'paid' ? 'press.gaveLast' : 'press.gave', given)
      return { toast, card: await askDrawnAfter(pressed, ask, context) }
    },
  },
  remind: {
    ...aboutAsk,
    style: 'secondary',
    async act({ ask: id }, { person, language }, { api }) {
      const { told } = await body(api.asks[':id'].reminders.$post({ param: { id }, json: { by: person } }))
      return { toast: texts(language)(told > 0 ? 'press.reminded' : 'press.remindedNobody', { count: told }) }
    },
  },
  end: {
    ...aboutAsk,
    style: 'secondary',
    async act({ ask: id }, pressed, context) {
      const { person, language } = pressed
      const ask = await body(context.api.asks[':id'].end.$post({ param: { id }, json: { by: person } }))
      const toast = texts(language)(ask.kind === 'pool' ? 'press.endedPool' : 'press.ended')
      return { toast, card: await askDrawnAfter(pressed, ask, context) }
    },
  },
}

/** An action as a button's data, 64 bytes at most. */
export const encodeAction = (action: Action): string =>
  [action.do, ...entryOf(action.do).encode(action)].join(':')

/** The action in a button's data; undefined where it is none of ours. */
export function decodeAction(data: string): Action | undefined {
  const [name = '', ...parts] = data.split(':')
  if (!Object.hasOwn(ACTIONS, name)) return undefined
  const about = entryOf(name as Name).decode(parts)
  return about && ({ do: name, ...about } as Action)
}

/** What an action is about, where that has cards. */
export function aboutOf(action: Action): Shown | undefined {
  if ('ask' in action) return { of: 'ask', transfer: action.ask }
  return 'transfer' in action ? { transfer: action.transfer } : undefined
}

/** How the button of an action looks. */
export const styleOf = (action: Action): Style => entryOf(action.do).style

/**
 * Carries out the action of a pressed button.
 * @throws Refused
 */
export const act = (pressed: ButtonPress, context: ActionContext): Promise<PressAnswer> =>
  entryOf(pressed.action.do).act(pressed.action, pressed, context)

/** Each entry is handed actions of its own name alone, which the type can't say. */
const entryOf = (name: Name) => ACTIONS[name] as Entry<object>

const isId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

const byAndKey = ({ person: by, key }: ButtonPress) => ({ by, key })

/** Carries out an action that ends a transfer. */
async function close(
  done: 'press.cancelled' | 'press.declined',
  request: Parameters<typeof body<TransferView>>[0],
  pressed: ButtonPress,
  context: ActionContext,
): Promise<PressAnswer> {
  const transfer = await body(request)
  const end = transfer.treasury?.end === 'from' ? 'treasury' : undefined
  const toast = texts(pressed.language)(done, {
    amount: amountOf({ ...transfer, amount: transfer.returned }),
    context: end,
  })
  return { toast, card: await drawnAfter(pressed, transfer, context) }
}

const drawnAfter = (pressed: ButtonPress, transfer: TransferView, { api, cards, messenger }: ActionContext) =>
  cards.afterPress(pressed, { transfer: transfer.id }, async (language) => {
    const { id } = transfer
    const query = { messenger: messenger.name }
    // The answer to a claim tells of that claim alone.
    const shown = !isForSeveral(transfer)
      ? transfer
      : await body(api.transfers[':id'].$get({ param: { id }, query }))
    return drawCard(shown, language, messenger.name)
  })

const askDrawnAfter = (pressed: ButtonPress, ask: AskView, { cards, messenger }: ActionContext) =>
  cards.afterPress(pressed, { of: 'ask', transfer: ask.id }, (language) =>
    drawAsk(ask, language, messenger.name),
  )
