import { ne } from 'drizzle-orm'
import { transfers } from '../../db/schema.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { type RecipientIdentity, recipientKey } from '../people/recipients.ts'
import type { Event, Happened, Subscriber } from './outbox.ts'

/** Why somebody is told in private: what they sent was collected, declined or came back; they received; or it waits for them. */
export type Notice = 'collected' | 'declined' | 'returned' | 'received' | 'waiting'

/** Somebody as they can be reached, and in which language. */
export type Addressee = Omit<KnownIdentity, 'person'>

/** Tells people in private what happened to money of theirs. */
export const noticesTo = (people: People): Subscriber => ({
  follows: {
    created: ne(transfers.recipient, 'anyone'),
    claimed: true,
    declined: true,
    returned: true,
  },
  async jobsFor(happened) {
    // Labels that came with a tap are written after the money has moved, perhaps by this process, just now.
    await people.learned()
    const { owners, recipients } = await whom(people, happened)
    return happened.flatMap(({ event, entry, account, transfer }) =>
      NOTICES[event]({
        sender: owners.get(transfer.fromAccount),
        owner: owners.get(account),
        recipient: isWaiting({ event, transfer })
          ? recipients.get(recipientKey(transfer.recipient))
          : undefined,
      }).flatMap(([whom, notice]) => {
        if (!whom) return []
        const { messenger, id, handle, name, language } = whom
        const to = { messenger, id, handle, name, language }
        const job = { kind: 'notice', transfer: transfer.id, notice, to } as const
        return { messenger, key: `${notice}:${entry}`, job }
      }),
    )
  },
})

interface Whom {
  sender: KnownIdentity | undefined
  /** Whose account the entry is about. */
  owner: KnownIdentity | undefined
  recipient: RecipientIdentity | undefined
}

const NOTICES: Record<Event, (whom: Whom) => [KnownIdentity | undefined, Notice][]> = {
  created: ({ recipient }) => (recipient?.quiet ? [] : [[recipient, 'waiting']]),
  claimed: ({ sender, owner }) => [
    [owner, 'received'],
    [sender, 'collected'],
  ],
  // Who cancels has seen it.
  cancelled: () => [],
  declined: ({ sender }) => [[sender, 'declined']],
  returned: ({ sender }) => [[sender, 'returned']],
}

/** Not where the word is late, and it is over. */
const isWaiting = ({ event, transfer }: Pick<Happened, 'event' | 'transfer'>) =>
  event === 'created' && transfer.state === 'open'

async function whom(people: People, happened: Happened[]) {
  const accounts = happened.flatMap(({ event, account, transfer }) =>
    event === 'created' ? [] : [account, transfer.fromAccount],
  )
  const [owners, recipients] = await Promise.all([
    people.ofAccounts([...new Set(accounts)]),
    people.recipients(happened.filter(isWaiting).map(({ transfer }) => transfer)),
  ])
  return { owners, recipients }
}
