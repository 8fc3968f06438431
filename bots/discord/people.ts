import {
  type BaseInteraction,
  type Client,
  InteractionContextType,
  PermissionFlagsBits,
  type User,
  type UserManager,
} from 'discord.js'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { type Chat, cleanLabel, type Handles, type Person } from '../messenger.ts'

/**
 * A user of Discord in the form that the API takes.
 * @param language as Discord tells it with an interaction: `zh-CN`
 */
export const personOf = (user: User, language?: string): Person => ({
  messenger: 'discord',
  id: user.id,
  // The name of an old account, with a discriminator, isn't unique.
  handle: user.discriminator === '0' ? user.username : undefined,
  name: cleanLabel(user.displayName),
  language,
})

/** Who may manage the server, and who may not. Discord tells it with each interaction, so it holds for the person of that one alone. */
const managers = new WeakMap<Person, boolean>()

/** Whether a person from `actorOf` may manage the server; undefined of anybody else. */
export const isManager = (person: Person): boolean | undefined => managers.get(person)

/** Since when the persons of interactions are in the server. */
const joined = new WeakMap<Person, Date>()

/** Since when a person from `actorOf` is in the server; undefined of anybody else. */
export const joinedAt = (person: Person): Date | undefined => joined.get(person)

/** The person of an interaction. */
export function actorOf({ user, locale, member, memberPermissions }: BaseInteraction): Person {
  const person = personOf(user, locale)
  const since = member && ('joinedAt' in member ? member.joinedAt : new Date(member.joined_at ?? Number.NaN))
  if (since && !Number.isNaN(since.getTime())) joined.set(person, since)
  managers.set(person, memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false)
  return person
}

/** The chat of an interaction. A server is one group, with all its channels. */
export const chatOf = ({ guildId, guild, channelId, context }: BaseInteraction): Chat =>
  guildId
    ? { id: guildId, kind: 'group', title: cleanLabel(guild?.name) }
    : {
        id: channelId ?? '',
        kind: 'private',
        ...(context !== InteractionContextType.BotDM && { withOthers: true }),
      }

/** https://support.discord.com/hc/articles/12620128861463: small letters, digits, `_` and `.`, but not two dots in a row. */
export const handlesOf = (client: Client): Handles => ({
  pattern: /^(?!.*\.\.)[a-z\d_.]{2,32}$/,
  isBot: (handle) => handle === client.user?.username,
})

/** How many users of one text are fetched: strangers may write many mentions, and most commands are about one person. */
const MAX_FETCHED = 3

/** Ids that belong to nobody, kept for ten minutes. */
const unknownIds = new LRUCache<string, true>({ ...atMost(10_000), ttl: 10 * 60_000 })

/**
 * The people whom a text mentions, by the markup that stands for them: `<@123>`.
 * @param most how many of them are fetched
 */
export async function mentionsIn(
  text: string,
  users: UserManager,
  most = MAX_FETCHED,
): Promise<Map<string, Person | 'bot'>> {
  const mentions = new Map<string, Person | 'bot'>()
  let fetched = 0
  for (const [markup, id = ''] of text.matchAll(/<@!?(\d{17,20})>/g)) {
    // The users that Discord sends along with a message are in the cache by now.
    let user = users.cache.get(id)
    if (!user && !unknownIds.has(id) && fetched < most) {
      fetched += 1
      user = await users.fetch(id).catch(() => undefined)
      if (!user) unknownIds.set(id, true)
    }
    if (user) mentions.set(markup, user.bot ? 'bot' : personOf(user))
  }
  return mentions
}
