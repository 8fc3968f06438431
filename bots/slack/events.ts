import { z } from 'zod'
import { type Chat, Undeliverable } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { isBadToken } from './client.ts'
import type { Commands } from './commands.ts'
import { type Context, languageOf } from './context.ts'
import { idIn, messageIn } from './ids.ts'
import { commandInMessage, MessageEvent } from './messages.ts'
import type { Event } from './webhook.ts'

/** What an event tells besides its type. */
interface Told {
  /** Where the bot may know of it. */
  workspace: string
  event: unknown
  at: Date
}

/** https://docs.slack.dev/reference/events/member_joined_channel */
const Membership = z.object({
  user: z.string().min(1),
  channel: z.string().min(1),
  team: z.string().optional(),
})
/** Messages of a person's own that are told of in another form. */
const SPOKEN = new Set<string | undefined>([undefined, 'file_share', 'thread_broadcast'])

/** What takes each kind of event, by the name under which the app's manifest asks for it. */
export function createEvents(context: Context, commands: Commands) {
  const { bot, slack, client, directory, installations, lifecycle } = context

  async function takeMessage({ workspace, event }: Told, isPrivate: boolean): Promise<void> {
    const { channel, user, bot_id, subtype, text, ts, thread_ts, team, user_team } = MessageEvent.parse(event)
    const own = (await installations.of(workspace))?.bot
    if (own === undefined || user === undefined || user === own || bot_id || !SPOKEN.has(subtype)) return
    const person = await directory.who(workspace, user, { home: user_team ?? team })
    if (person === 'bot' || person === 'nobody') return
    const target = isPrivate
      ? { chat: idIn(workspace, user) }
      : { chat: idIn(workspace, channel), details: thread_ts }
    if (person === 'outsider') {
      const somebody = { messenger: 'slack', id: idIn(workspace, user) }
      const outsider = { text: texts(languageOf(person))('slack.outsider') }
      return lifecycle.follow(() => slack.whisper(outsider, target, somebody))
    }
    const command = commandInMessage(text, own, isPrivate)
    if (!command) return
    const chat: Chat = isPrivate
      ? { id: target.chat, kind: 'private' }
      : { id: target.chat, kind: 'group', title: await directory.titleOf(target.chat) }
    await commands.run({
      workspace,
      person,
      chat,
      target,
      command,
      key: `slack:${workspace}:${messageIn(channel, ts)}`,
      sentAt: new Date(Number(ts) * 1000),
      say: (message) => slack.whisper(message, target, person),
    })
  }

  async function takeMembership({ workspace, event, at }: Told, what: 'joined' | 'left'): Promise<void> {
    const { user, channel, team } = Membership.parse(event)
    const chat: Chat = { id: idIn(workspace, channel), kind: 'group' }
    if (user === (await installations.of(workspace))?.bot) {
      if (what === 'joined') lifecycle.follow(() => bot.redrawOutdated([chat.id], { isBack: true }))
      return
    }
    const person = await directory.who(workspace, user, { home: team })
    if (typeof person === 'object') await bot.saw(chat, person, { what, at })
  }

  /** Slack tells it in no certain order, so the workspace may have installed the app again by now. */
  async function takeLeave({ workspace }: Told): Promise<void> {
    installations.drop(workspace)
    if (!(await installations.of(workspace))) return
    try {
      await client.ask(workspace, 'auth.test', {})
    } catch (error) {
      if (isBadToken(error)) await installations.remove(workspace)
      else if (!(error instanceof Undeliverable)) throw error
    }
  }

  const takes: Record<string, (told: Told) => Promise<void>> = {
    app_mention: (told) => takeMessage(told, false),
    'message.im': (told) => takeMessage(told, true),
    member_joined_channel: (told) => takeMembership(told, 'joined'),
    member_left_channel: (told) => takeMembership(told, 'left'),
    app_uninstalled: takeLeave,
    tokens_revoked: takeLeave,
  }

  return {
    /** The names of all kinds of events that are taken. */
    names: Object.keys(takes),
    /** Takes an event. Ends when the money that it moves is in the books. */
    take({ team_id, authorizations, event, event_time }: Event): Promise<void> {
      // The manifest names a message by where it was written, too.
      const name = event.type === 'message' ? `message.${event['channel_type']}` : event.type
      const workspace = authorizations?.[0]?.team_id ?? team_id
      // It is told in whole seconds: nobody is there earlier than they were.
      const at = new Date(Math.min(Date.now(), ((event_time ?? Number.POSITIVE_INFINITY) + 1) * 1000))
      return takes[name]?.({ workspace, event, at }) ?? Promise.resolve()
    },
  }
}
