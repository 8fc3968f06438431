import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'

/** Somebody in a chat, by the messenger's own ids. */
export interface Member {
  messenger: string
  chat: string
  id: string
}

/**
 * Questions to messengers about members of chats. A messenger may run in another process: it takes them from its queue, and the core
 * writes down what it says.
 */
export interface Questions {
  /** Has messengers asked; what several ask at the same time is asked once. */
  ask(members: Member[]): Promise<void>
  /** To be called when an answer is written, in whichever process. */
  answered(member: Member): void
  /** Calls the listener at each answer about these. @returns ends that */
  onAnswer(members: Member[], listener: () => void): () => void
}

/** How long an answer is waited for: a question that is older is not asked any more. */
export const QUESTION_SECONDS = 5

/** The questions of all processes go through the queue of their messenger. */
export const openQuestions = (queue: Queue, notifier: Notifier): Questions => ({
  async ask(members) {
    // One that nobody took while its messenger was away must not be in the way of the next.
    const now = Math.floor(Date.now() / (QUESTION_SECONDS * 1000))
    await queue.addNow(
      members.map((member) => ({
        messenger: member.messenger,
        key: `${topicOf(member)}:${now}`,
        job: { kind: 'member', chat: member.chat, person: member.id },
      })),
    )
  },
  answered: (member) => notifier.notify(topicOf(member)),
  onAnswer(members, listener) {
    const ends = members.map((member) => notifier.on(topicOf(member), listener))
    return () => {
      for (const end of ends) end()
    }
  },
})

/** Ids have no blanks, which the notifier puts between topics. */
const topicOf = ({ messenger, chat, id }: Member) => `member:${messenger}:${chat}:${id}`
