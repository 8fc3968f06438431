import type { Post } from './cards.ts'
import { type Message, Undeliverable } from './messenger.ts'
import { texts } from './texts/index.ts'

/** How a command is answered where it was given. */
export interface Responder {
  post: Post
  /** @param personal whether nobody else may read it */
  say(message: Message, personal?: boolean): Promise<void>
  /** Says something besides the answer, which nobody else may read; by default in private. */
  whisper?(message: Message): Promise<void>
}

interface Ways {
  post: Post
  /** Says something in the group. */
  say(message: Message): Promise<void>
  /** Says something to the one who has given the command alone. Throws `Undeliverable` where they can't be written to. */
  sayInPrivate(message: Message): Promise<void>
  /** What the group reads where they can't be written to. */
  closed: string
  language: string
}

/**
 * Answers a command in a group, in a messenger where what is for one person's eyes has to go to their private chat: the group is told
 * that it is there, or that they can't be written to.
 */
export function respondInGroup({ post, say, sayInPrivate, closed, language }: Ways): Responder {
  const inPrivate = (message: Message): Promise<boolean> =>
    sayInPrivate(message).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Undeliverable) return false
        throw error
      },
    )

  return {
    post,
    async say(message, personal) {
      if (!personal) return say(message)
      await say({ text: (await inPrivate(message)) ? texts(language)('group.inPrivate') : closed })
    },
    async whisper(message) {
      if (!(await inPrivate(message))) await say({ text: closed })
    },
  }
}
