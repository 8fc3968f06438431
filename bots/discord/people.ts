import {
  type BaseInteraction,
  type Client,
  PermissionFlagsBits,
  type User,
  type UserManager,
} from 'discord.js'
import { LRUCache } from 'lru-cache'
import { type Chat, cleanLabel, type Handles, type Person } from '../messenger.ts'

/** @param language as Discord says it with an interaction: `zh-CN` */
export const personOf = (user: User, language?: string): Person => ({
  messenger: 'discord',
  id: user.id,
  // An old account with a discriminator shares its name with others.
  handle: user.discriminator === '0' ? user.username : undefined,
  name: cleanLabel(user.displayName),
  language,
})

/** Those who may manage the server: Discord tells it with each thing that they do, and it holds for that one alone. */
const managers = new WeakSet<Person>()

export const isManager = (person: Person): boolean => managers.has(person)

/** Who did it. */
export function actorOf({ user, locale, memberPermissions }: BaseInteraction): Person {
  const person = personOf(user, locale)
  if (memberPermissions?.has(PermissionFlagsBits.ManageGuild)) managers.add(person)
  return person
}

/** A server is one group, whichever channel somebody speaks in. */
export const chatOf = ({ guildId, guild, channelId }: BaseInteraction): Chat =>
  guildId
    ? { id: guildId, kind: 'group', title: cleanLabel(guild?.name) }
    : { id: channelId ?? '', kind: 'private' }

/** https://support.discord.com/hc/articles/12620128861463: small letters, digits, `_`, `.`, and no two points in a row. */
export const handlesOf = (client: Client): Handles => ({
  pattern: /^(?!.*\.\.)[a-z\d_.]{2,32}$/,
  isBot: (handle) => handle === client.user?.username,
})

/** Whom Discord is asked for because of one text: a transfer is for one, and who writes many marks may be anybody. */
const MAX_ASKED = 3

/** Numbers that were nobody's, for ten minutes. */
const nobodies = new LRUCache<string, true>({ max: 10_000, ttl: 10 * 60_000 })

/** The people whom a text mentions, by the marks that stand for them in it. */
export async function mentionsIn(text: string, users: UserManager): Promise<Map<string, Person | 'bot'>> {
  const mentions = new Map<string, Person | 'bot'>()
  let asked = 0
  for (const [mark, id = ''] of text.matchAll(/<@!?(\d{17,20})>/g)) {
    // Whom Discord brings along with a message is in the cache by now.
    let user = users.cache.get(id)
    if (!user && !nobodies.has(id) && asked < MAX_ASKED) {
      asked += 1
      user = await users.fetch(id).catch(() => undefined)
      if (!user) nobodies.set(id, true)
    }
    if (user) mentions.set(mark, user.bot ? 'bot' : personOf(user))
  }
  return mentions
}
