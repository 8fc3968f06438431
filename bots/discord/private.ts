import type { Message, MessageCreateOptions } from 'discord.js'
import { LRUCache } from 'lru-cache'
import type { Bot } from '../bot.ts'
import { supported } from '../texts/index.ts'
import { commandIn } from '../typed-command.ts'
import { wordsMessage } from './card.ts'
import { type DiscordMessenger, delivered } from './messenger.ts'
import { handlesOf, mentionsIn, personOf } from './people.ts'

/** Answers private messages: typed commands, and codes or links; any other text gets the help. */
export function createPrivateChat(bot: Bot, messenger: DiscordMessenger) {
  const received = new LRUCache<string, true>({ max: 1000 })

  /** @param language from the person's last interaction, as messages don't tell it */
  return async (message: Message, language: string | undefined): Promise<void> => {
    const { id, author, channel, content } = message
    if (author.bot || !channel.isSendable()) return
    // The gateway sends a message again where it isn't sure that it has arrived.
    if (received.has(id)) return
    received.set(id, true)
    const post = (answer: MessageCreateOptions) => delivered<Message>(() => channel.send(answer))
    const command = commandIn(content, { isPrivate: true })
    if (!command) return
    const { name, words } = command
    const mentions = await mentionsIn(words, message.client.users)
    const target = { chat: channel.id }
    const { answered } = await bot.dispatch(
      name,
      {
        person: personOf(author),
        chat: { id: channel.id, kind: 'private' },
        target,
        language: supported(language),
        key: `discord:${id}`,
        sentAt: message.createdAt,
        words,
        mentions,
        handles: handlesOf(message.client),
      },
      {
        post: (card) => messenger.post(card, target),
        say: async (words) => void (await post(wordsMessage(words))),
      },
    )
    await answered
  }
}
