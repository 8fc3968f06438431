import type { Message, MessageCreateOptions } from 'discord.js'
import { LRUCache } from 'lru-cache'
import type { Bot } from '../bot.ts'
import { supported } from '../texts/index.ts'
import { commandIn } from '../typed-command.ts'
import { wordsMessage } from './card.ts'
import { type DiscordMessenger, delivered } from './messenger.ts'
import { handlesOf, mentionsIn, personOf } from './people.ts'

/** Answers what people write to the bot in private: commands as text, a code or a link; all else is a question for help. */
export function createPrivateChat(bot: Bot, messenger: DiscordMessenger) {
  const heard = new LRUCache<string, true>({ max: 1000 })

  /** @param language as Discord said it with the person's last interaction; a message comes without */
  return async (written: Message, language: string | undefined): Promise<void> => {
    const { id, author, channel, content } = written
    if (author.bot || !channel.isSendable()) return
    // The gateway sends again what it isn't sure of.
    if (heard.has(id)) return
    heard.set(id, true)
    const post = (answer: MessageCreateOptions) => delivered<Message>(() => channel.send(answer))
    const command = commandIn(content, { isPrivate: true })
    if (!command) return
    const { name, words } = command
    const mentions = await mentionsIn(words, written.client.users)
    const target = { chat: channel.id }
    const { answered } = await bot.dispatch(
      name,
      {
        person: personOf(author),
        chat: { id: channel.id, kind: 'private' },
        target,
        language: supported(language),
        key: `discord:${id}`,
        sentAt: written.createdAt,
        words,
        mentions,
        handles: handlesOf(written.client),
      },
      {
        post: (card) => messenger.post(card, target),
        say: async (message) => void (await post(wordsMessage(message))),
      },
    )
    await answered
  }
}
