import {
  type Chat,
  isBetweenUs,
  type Message,
  type Person,
  type Target,
  Undeliverable,
} from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { texts } from '../texts/index.ts'
import { openAnswers } from './answers.ts'
import { type Context, languageOf } from './context.ts'
import { idIn, isDirect } from './ids.ts'
import { commandOfSlash, SlashCommand, type WrittenCommand } from './messages.ts'

/** A command that somebody has given, in whichever way. */
export interface Given {
  workspace: string
  person: Person
  chat: Chat
  target: Target
  command: WrittenCommand
  /** The same however often Slack tells of it. */
  key: string
  sentAt?: Date
  /** Answers the one who gave it. */
  say(message: Message): Promise<void>
}

/** Takes commands. */
export interface Commands {
  /** Runs a command. Ends when the money that it moves is in the books; the answer follows. */
  run(given: Given): Promise<void>
  /** Takes a slash command, by the form that Slack has posted. */
  takeSlash(form: Record<string, string>): void
}

export function createCommands(context: Context): Commands {
  const { bot, slack, directory, lifecycle, log } = context
  const inTurn = createQueues()

  /** Those whom a command mentions; `outsider` where one of them has nothing to do with us. */
  async function mentionsIn(workspace: string, mentioned: Map<string, string>) {
    const found = await Promise.all(
      [...mentioned].map(async ([placeholder, user]) => {
        const who = await directory.who(workspace, user)
        return [placeholder, who] as const
      }),
    )
    const mentions = new Map<string, Person | 'bot'>()
    for (const [placeholder, who] of found) {
      if (who === 'outsider') return who
      // Whom Slack doesn't know is nobody whom the words could mean: so the bot asks.
      if (who !== 'nobody') mentions.set(placeholder, who)
    }
    return mentions
  }

  const run: Commands['run'] = (given) =>
    // One after the other for each person, as a command may rest on the one before it.
    inTurn(`${given.chat.id} ${given.person.id}`, async () => {
      const { workspace, person, chat, target, command, key, sentAt, say } = given
      const [mentions, language] = await Promise.all([
        mentionsIn(workspace, command.mentioned),
        bot.languageIn(chat, languageOf(person)),
      ])
      const t = texts(language)
      if (mentions === 'outsider') return lifecycle.follow(() => say({ text: t('slack.forOutsider') }))
      const { answered } = await bot.dispatch(
        command.name,
        { person, chat, target, language, key, ...(sentAt && { sentAt }), words: command.words, mentions },
        {
          async post(card) {
            try {
              return await slack.post(card, target)
            } catch (error) {
              // The card then goes to them in private.
              if (error instanceof Undeliverable) await say({ text: t('slack.notHere') })
              throw error
            }
          },
          say,
        },
      )
      lifecycle.follow(() => answered)
    })

  /** Where a slash command was given. Between two people the bot can write nothing. */
  async function chatOf(workspace: string, channel: string, title: string, person: Person): Promise<Chat> {
    const id = idIn(workspace, channel)
    if (isDirect(channel) && (await slack.directWith(person)) === channel)
      return { id: person.id, kind: 'private' }
    if (isDirect(channel) || title.startsWith('mpdm-')) return { id, kind: 'private', withOthers: true }
    // Of private channels Slack doesn't tell the name here.
    if (title && title !== 'privategroup') directory.note(id, title)
    return { id, kind: 'group', title: await directory.titleOf(id) }
  }

  return {
    run,
    takeSlash(form) {
      const { data: told, error } = SlashCommand.safeParse(form)
      if (!told)
        return log.error({ messenger: 'slack', reason: error.message }, 'a command could not be read')
      const { team_id: workspace, channel_id: channel, user_id: user } = told
      lifecycle.follow(async () => {
        const who = await directory.who(workspace, user, { home: workspace, name: told.user_name })
        if (who === 'bot' || who === 'nobody') return
        const person = who === 'outsider' ? { messenger: 'slack', id: idIn(workspace, user) } : who
        const answersIn = (chat: string) =>
          openAnswers(told.response_url, { target: { chat }, person }, context)
        if (who === 'outsider')
          return answersIn(idIn(workspace, channel)).say({ text: texts(languageOf(who))('slack.outsider') })
        const command = commandOfSlash(told)
        if (!command) return
        const chat = await chatOf(workspace, channel, told.channel_name, who)
        const target = { chat: chat.id }
        await run({
          workspace,
          person,
          chat,
          target,
          command,
          key: `slack:${workspace}:${told.trigger_id}`,
          say: isBetweenUs(chat) ? (message) => slack.say(message, target) : answersIn(chat.id).say,
        })
      })
    },
  }
}
