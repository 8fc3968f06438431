import { short } from '../../src/shared/text.ts'
import { type Action, decodeAction, encodeAction, type Style, styleOf } from '../actions.ts'
import { type DrawnCard, endOf, linkLines } from '../card.ts'
import type { Button, Message } from '../messenger.ts'
import { openProofs } from '../proofs.ts'
import { texts } from '../texts/index.ts'
import { localTimeIn } from '../texts/moment.ts'

/** A template card: https://developer.work.weixin.qq.com/document/path/101032. One without buttons is a notice, which has to lead somewhere. */
export interface TemplateCard {
  card_type: 'button_interaction' | 'text_notice'
  main_title: { title: string; desc?: string }
  sub_title_text?: string
  /** Set off from the rest: what one reader is told. */
  quote_area?: { type: 0; quote_text: string }
  horizontal_content_list?: { keyname: string; value: string; type?: 1; url?: string }[]
  jump_list?: { type: 1; title: string; url: string }[]
  card_action?: { type: 1; url: string }
  button_list?: { text: string; style: number; key: string }[]
  /** WeCom takes one once for each bot. */
  task_id: string
}

/** The most buttons of a card, and links at its foot. */
const MOST_BUTTONS = 6
const MOST_LINKS = 3
/** The most characters of the text of a card, and of what one reader is told on it. */
const MAX_CHARACTERS = 1000
const MAX_NOTICE = 200
/** A message has 20,480 bytes at most, and a character of Chinese three. */
const MAX_MESSAGE = 6000

const STYLES: Record<Style, number> = { primary: 1, secondary: 2, danger: 3 }

/** Signs buttons, and finds those again that were signed. */
export interface Buttons {
  key(action: Action, task: string): string
  /** What was pressed; undefined where this card has never had that button. */
  decode(key: string, task: string): Action | undefined
}

/** @param secret the bot's */
export function openButtons(secret: string): Buttons {
  const proofs = openProofs(secret)

  return {
    key(action, task) {
      const press = encodeAction(action)
      return `${press} ${proofs.of(press, task)}`
    },
    decode(key, task) {
      const [press = '', proof = ''] = key.split(' ')
      return proofs.isOf(proof, press, task) ? decodeAction(press) : undefined
    },
  }
}

/** @param home where a card leads that has no link of its own any more */
export function drawTemplate(card: DrawnCard, task: string, buttons: Buttons, home: string): TemplateCard {
  const t = texts(card.language)
  const when = card.expiresAt && localTimeIn(card.expiresAt, card.language)
  const lines = [
    card.note && `「${card.note}」`,
    card.status,
    when && t(endOf(card), { when }),
    card.unreached,
    card.hint,
  ]
  return withButtons(card.buttons, task, buttons, card.link ?? home, {
    main_title: { title: card.amount, desc: card.title },
    sub_title_text: short(lines.filter(Boolean).join('\n'), MAX_CHARACTERS),
    ...(card.link && {
      horizontal_content_list: [
        { keyname: t('wecom.link'), value: card.link, type: 1 as const, url: card.link },
      ],
    }),
  })
}

/** The buttons of a message, which only cards can have: as many cards as they need. */
export const messageCards = (
  shown: Button[],
  task: (index: number) => string,
  buttons: Buttons,
  home: string,
  language: string,
): TemplateCard[] => {
  const pressed = shown.filter((button) => 'action' in button)
  const count = Math.ceil(pressed.length / MOST_BUTTONS)
  return Array.from({ length: count }, (_, index) =>
    withButtons(pressed.slice(index * MOST_BUTTONS, (index + 1) * MOST_BUTTONS), task(index), buttons, home, {
      main_title: { title: texts(language)('wecom.choose') },
    }),
  )
}

/** Whether a message has no more buttons than a card can have. */
export const fitsCard = ({ buttons: rows = [] }: Message): boolean => {
  const links = rows.flat().filter((button) => 'url' in button).length
  return links <= MOST_LINKS && rows.flat().length - links <= MOST_BUTTONS
}

/** What a message says in place of the card whose button was pressed. */
export const messageTemplate = (
  { text, buttons: rows = [] }: Message,
  task: string,
  buttons: Buttons,
  home: string,
): TemplateCard => {
  const [title = '', ...rest] = text.split('\n')
  return withButtons(rows.flat(), task, buttons, home, {
    main_title: { title },
    ...(rest.length > 0 && { sub_title_text: short(rest.join('\n'), MAX_CHARACTERS) }),
  })
}

/** A card as one reader sees it, with what they alone are told. */
export const withNotice = (card: TemplateCard, notice: string): TemplateCard => ({
  ...card,
  quote_area: { type: 0, quote_text: short(notice, MAX_NOTICE) },
})

function withButtons(
  shown: Button[],
  task: string,
  buttons: Buttons,
  leadsTo: string,
  rest: Omit<TemplateCard, 'card_type' | 'task_id'>,
): TemplateCard {
  const links = shown.flatMap((button) =>
    'url' in button ? { type: 1 as const, title: button.label, url: button.url } : [],
  )
  const list = shown.flatMap((button) =>
    'action' in button
      ? { text: button.label, style: STYLES[styleOf(button.action)], key: buttons.key(button.action, task) }
      : [],
  )
  return {
    card_type: list.length > 0 ? 'button_interaction' : 'text_notice',
    ...rest,
    card_action: { type: 1, url: leadsTo },
    ...(links.length > 0 && { jump_list: links }),
    ...(list.length > 0 && { button_list: list }),
    task_id: task,
  }
}

/** The text of a message, with the links of its buttons, which no message can have. */
export const wordsOf = ({ text, buttons: rows = [] }: Message): string =>
  markdown(
    [
      text,
      ...rows.flat().flatMap((button) => ('url' in button ? [`${button.label}\n${button.url}`] : [])),
    ].join('\n'),
  )

/** A card's link, to copy: a card itself can't be copied from. */
export const linkOf = (card: DrawnCard): string => markdown(linkLines(card).join('\n'))

/**
 * A text as a message of markdown takes it, for lack of plain ones. What would mention, link or style something is written in wide
 * characters: WeCom tells of no way to escape it.
 */
const markdown = (text: string): string =>
  short(text, MAX_MESSAGE)
    .replace(/[<>[\]`*]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0))
    .replace(/^(\s*)#(?=\s|#)/gm, '$1＃')
