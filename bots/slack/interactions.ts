import PQueue from 'p-queue'
import { z } from 'zod'
import { encodeAction } from '../actions.ts'
import { type Chat, type Person, Undeliverable } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { openAnswers } from './answers.ts'
import { messageContent } from './card.ts'
import { type Context, languageOf } from './context.ts'
import { type FilledForm, filledIn, formFor, SHORTCUT_SHAPES, type Shortcut, Submission } from './forms.ts'
import { idIn, isDirect, isPerson, partsOf } from './ids.ts'
import { pressedIn, Tap } from './taps.ts'

/** How many taps are carried out at once: a crowd's must not keep each other from being acknowledged in time. */
const TAPS_AT_ONCE = 20

const Interaction = z.discriminatedUnion('type', [Tap, ...SHORTCUT_SHAPES, Submission])

/** A chat that a message of ours is in. */
function chatOf(id: string): Chat {
  const { own } = partsOf(id)
  return { id, kind: isPerson(own) || isDirect(own) ? 'private' : 'group' }
}

/** Takes taps, shortcuts, and the forms that those open. */
export function createInteractions(context: Context): (payload: unknown) => void {
  const { bot, slack, client, directory, buttons, lifecycle, log } = context
  const taps = new PQueue({ concurrency: TAPS_AT_ONCE })

  async function takeTap(tap: Tap): Promise<void> {
    const pressed = pressedIn(tap, buttons)
    if (pressed === 'link') return
    const { user, container } = tap
    const workspace = pressed ? partsOf(pressed.chat).workspace : (tap.team?.id ?? user.team_id ?? '')
    const chat = pressed?.chat ?? idIn(workspace, container.channel_id ?? '')
    const who = await directory.who(workspace, user.id, {
      home: user.team_id,
      name: user.username ?? user.name,
    })
    if (who === 'bot' || who === 'nobody') return
    const target = { chat, details: container.thread_ts }
    const person = who === 'outsider' ? { messenger: 'slack', id: idIn(workspace, user.id) } : who
    const answers = openAnswers(tap.response_url, { target, person }, context)
    if (who === 'outsider') return answers.say({ text: texts(languageOf(who))('slack.outsider') })
    const where = chatOf(chat)
    const language = await bot.languageIn(where, languageOf(who))
    if (!pressed) return answers.say({ text: texts(language)('press.stale') })
    const { toast, message } = await bot.press({
      person,
      chat: where,
      language,
      key: `slack:tap:${workspace}:${tap.trigger_id}`,
      action: pressed.action,
      place: { chat, message: pressed.message },
      buttons: [encodeAction(pressed.action)],
      target,
    })
    await (message ? answers.replace(message) : answers.say({ text: toast }))
  }

  async function takeShortcut(shortcut: Shortcut): Promise<void> {
    const { user, team, trigger_id: trigger } = shortcut
    const workspace = team?.id ?? user.team_id ?? ''
    const isMessage = shortcut.type === 'message_action'
    const author = isMessage && !shortcut.message.bot_id ? shortcut.message.user : undefined
    // The form has to be open within three seconds.
    const [person, recipient] = await Promise.all([
      directory.who(workspace, user.id, { home: user.team_id }),
      author === undefined ? undefined : directory.who(workspace, author),
    ])
    const language = languageOf(person)
    const t = texts(language)
    if (isMessage) {
      const problem =
        person === 'outsider'
          ? t('slack.outsider')
          : recipient === 'outsider'
            ? t('slack.forOutsider')
            : typeof recipient !== 'object' && t('slack.noAuthor')
      if (problem) {
        const content = messageContent({ text: problem }, idIn(workspace, shortcut.channel.id), buttons)
        return client.respond(shortcut.response_url, { ...content, replace_original: false })
      }
    }
    if (typeof person === 'string') return
    const known = isMessage
      ? { who: author, channel: shortcut.channel.id, thread: shortcut.message.thread_ts }
      : {}
    await client.openForm(workspace, trigger, formFor({ workspace, ...known }, language))
  }

  async function takeForm(submission: z.output<typeof Submission>): Promise<void> {
    const form = filledIn(submission)
    const { workspace, who } = form
    const { user, view } = submission
    const [person, recipient] = await Promise.all([
      directory.who(workspace, user.id, { home: user.team_id }),
      directory.who(workspace, who),
    ])
    if (typeof person === 'string') return
    const t = texts(languageOf(person))
    if (recipient === 'outsider') return slack.sendPrivately(person, { text: t('slack.forOutsider') })
    if (recipient === 'nobody') return slack.sendPrivately(person, { text: t('slack.noAuthor') })
    const chat = await chatFor(form, person)
    if (!chat) return slack.sendPrivately(person, { text: t('slack.notIn') })
    const isThere = form.channel !== undefined && chat.id === idIn(workspace, form.channel)
    const target = { chat: chat.id, details: isThere ? form.thread : undefined }
    const { answered } = await bot.dispatch(
      'send',
      {
        person,
        chat,
        target,
        language: await bot.languageIn(chat, languageOf(person)),
        key: `slack:form:${workspace}:${view.id}`,
        words: '',
        fields: { amount: form.amount, note: form.note, who: recipient },
      },
      { post: (card) => slack.post(card, target), say: (message) => slack.sendPrivately(person, message) },
    )
    await answered
  }

  /**
   * Where the card of a form goes: to the conversation that was chosen, if its sender is in it, which Slack doesn't say by itself; undefined where
   * they are not. Where the bot can't see that, to their private chat.
   */
  async function chatFor({ workspace, channel }: FilledForm, person: Person): Promise<Chat | undefined> {
    const own: Chat = { id: person.id, kind: 'private' }
    if (channel === undefined || isDirect(channel)) return own
    const chat: Chat = { id: idIn(workspace, channel), kind: 'group' }
    try {
      if (!(await slack.isMember(chat, person))) return undefined
      return { ...chat, title: await directory.titleOf(chat.id) }
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      return own
    }
  }

  const take = (told: z.output<typeof Interaction>): Promise<void> => {
    switch (told.type) {
      case 'block_actions':
        return taps.add(() => takeTap(told))
      case 'view_submission':
        return takeForm(told)
      default:
        return takeShortcut(told)
    }
  }

  return (payload) => {
    const { data: told, error } = Interaction.safeParse(payload)
    if (told) lifecycle.follow(() => take(told))
    else log.error({ messenger: 'slack', reason: error.message }, 'what somebody did could not be read')
  }
}
