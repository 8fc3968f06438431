import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import type { Capabilities } from '../description.ts'
import { type Message, type Messenger, type Person, type Target } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { cardContent, messageContent } from './card.ts'
import type { Address, SlackClient } from './client.ts'
import { partsOf } from './ids.ts'
import type { Directory } from './people.ts'

export interface SlackMessenger extends Messenger {
  /** Slack's own id of somebody's private chat with the bot. */
  directWith(person: Person): Promise<string>
  /** Says something in a conversation, to all who read there. */
  say(message: Message, target: Target): Promise<void>
  /** Says something in a conversation that one person alone sees. */
  whisper(message: Message, target: Target, person: Person): Promise<void>
}

/** The most members that Slack tells at once. */
const PAGE_SIZE = '1000'

interface Sources {
  client: SlackClient
  directory: Directory
  buttons: Buttons
  ping(): Promise<void>
}

export function createMessenger(
  { client, directory, buttons, ping }: Sources,
  capabilities: Capabilities,
): SlackMessenger {
  const directs = new LRUCache<string, string>(atMost(20_000))

  const directWith: SlackMessenger['directWith'] = async ({ id }) => {
    const known = directs.get(id)
    if (known !== undefined) return known
    const { workspace, own: users } = partsOf(id)
    const { channel } = await client.ask<{ channel: { id: string } }>(workspace, 'conversations.open', {
      users,
    })
    directs.set(id, channel.id)
    return channel.id
  }

  const say: SlackMessenger['say'] = async (message, target) =>
    void (await client.post(addressOf(target), messageContent(message, target.chat, buttons)))

  /** Whether somebody is in a conversation: https://docs.slack.dev/reference/methods/conversations.members */
  async function isMember(chat: { id: string }, person: Pick<Person, 'id'>): Promise<boolean> {
    const { workspace, own: channel } = partsOf(chat.id)
    let cursor: string | undefined = ''
    while (cursor !== undefined) {
      const { members, response_metadata }: Members = await client.ask(workspace, 'conversations.members', {
        channel,
        limit: PAGE_SIZE,
        ...(cursor && { cursor }),
      })
      if (members.includes(partsOf(person.id).own)) return true
      cursor = response_metadata?.next_cursor || undefined
    }
    return false
  }

  return {
    name: 'slack',
    capabilities,
    directWith,
    say,
    whisper: (message, target, person) =>
      target.chat === person.id
        ? say(message, target)
        : client.whisper(
            addressOf(target),
            partsOf(person.id).own,
            messageContent(message, target.chat, buttons),
          ),
    async post(card, target) {
      const message = await client.post(addressOf(target), cardContent(card, target.chat, buttons))
      return { chat: target.chat, message }
    },
    privateChat: async ({ id }) => id,
    redraw: ({ chat, message }, card) =>
      client.redraw(partsOf(chat).workspace, message, cardContent(card, chat, buttons)),
    sendPrivately: (person, message) => say(message, { chat: person.id }),
    ping,
    /** The admins and owners of the workspace; and who has made the channel, while they are in it. */
    async isAdmin(chat, person) {
      const { workspace, own: channel } = partsOf(chat.id)
      const { workspace: home, own: user } = partsOf(person.id)
      if (home !== workspace) return false
      const { isAdmin, homes } = await directory.profile(person.id)
      // In a shared channel others may be admins of their own workspace.
      if (!homes.includes(workspace)) return false
      if (isAdmin) return true
      const { channel: told } = await client.ask<{ channel: { creator?: string } }>(
        workspace,
        'conversations.info',
        { channel },
      )
      return told.creator === user && isMember(chat, person)
    },
    isMember,
  }
}

interface Members {
  members: string[]
  response_metadata?: { next_cursor?: string }
}

/** A target's `details` are the message in whose thread it is to stand. */
const addressOf = ({ chat, details: thread }: Target): Address => {
  const { workspace, own: channel } = partsOf(chat)
  return { workspace, channel, thread }
}
