import { cleanLabel, type Person } from '../messenger.ts'
import { openNames } from '../names.ts'
import type { SlackClient } from './client.ts'
import { idIn, partsOf } from './ids.ts'
import type { Installations } from './installations.ts'

/** Who people are, and what they and channels are called. */
export interface Directory {
  /**
   * Somebody whom Slack names in a workspace.
   * @param told what Slack has told along: their own workspace, and their user name
   */
  who(workspace: string, user: string, told?: Told): Promise<Who>
  /** What a channel is called, as far as it is known, or is told within a second. */
  titleOf(chat: string): Promise<string | undefined>
  /** Notes what a channel is called. */
  note(chat: string, title: string): void
  /** What Slack says of somebody at this moment, by their id in a workspace. */
  profile(id: string): Promise<Profile>
}

/** `outsider`: from a workspace that doesn't have the bot; `nobody`: Slack doesn't say who that is. */
export type Who = Person | 'bot' | 'outsider' | 'nobody'

interface Told {
  home?: string | undefined
  name?: string | undefined
}

export interface Profile {
  name: string | undefined
  language: string | undefined
  isBot: boolean
  /** The workspaces that they are in, of those that belong together, and the organization of these. */
  homes: string[]
  /** An admin, or an owner, of the workspaces that they are in. */
  isAdmin: boolean
}

/** https://docs.slack.dev/reference/objects/user-object */
interface User {
  team_id?: string
  name?: string
  real_name?: string
  locale?: string
  deleted?: boolean
  is_bot?: boolean
  is_admin?: boolean
  is_owner?: boolean
  profile?: { display_name?: string; real_name?: string }
  enterprise_user?: { enterprise_id?: string; teams?: string[] }
}

/** From so many that are looked up on, nobody else is who need not be: Slack tells a hundred in a minute. */
const MANY = 20
const SLACKBOT = 'USLACKBOT'

export function openDirectory(client: SlackClient, installations: Installations): Directory {
  const profiles = openNames(lookUp)
  const titles = openNames(titleIn)
  let underWay = 0

  async function lookUp(id: string): Promise<Profile> {
    underWay += 1
    try {
      return await profile(id)
    } finally {
      underWay -= 1
    }
  }

  async function profile(id: string): Promise<Profile> {
    const { workspace, own: user } = partsOf(id)
    const args = { user, include_locale: 'true' }
    return profileOf((await client.ask<{ user: User }>(workspace, 'users.info', args)).user)
  }

  async function titleIn(id: string): Promise<string | undefined> {
    const { workspace, own: channel } = partsOf(id)
    const told = await client.ask<{ channel: { name?: string } }>(workspace, 'conversations.info', {
      channel,
    })
    return told.channel.name
  }

  async function who(workspace: string, user: string, { home, name }: Told = {}): Promise<Who> {
    if (user === SLACKBOT) return 'bot'
    if (!(await installations.of(workspace))) return 'outsider'
    const id = idIn(workspace, user)
    const isMember = home === workspace
    const known = isMember
      ? underWay < MANY
        ? await profiles.soon(id)
        : profiles.known(id)
      : await profiles.find(id)
    if (known?.isBot) return 'bot'
    const lives = isMember ? workspace : homeIn(workspace, home, known?.homes)
    if (lives === undefined) return 'nobody'
    if (lives !== workspace && !(await installations.of(lives))) return 'outsider'
    return personOf(idIn(lives, user), known?.name ?? name, known?.language)
  }

  return {
    who,
    profile,
    titleOf: async (id) => cleanLabel(await titles.soon(id)),
    note: titles.note,
  }
}

/**
 * The workspace that somebody's id is of, or their organization where they are from another one: where the bot was told of them, if they belong to it; undefined where Slack doesn't say.
 * @param told what it was told of them along with what they did: an id alone may be another one's in another workspace
 */
function homeIn(workspace: string, told: string | undefined, homes: string[] = []): string | undefined {
  const isOne = told === undefined || homes.includes(told)
  return isOne && homes.includes(workspace) ? workspace : (told ?? homes[0])
}

const profileOf = (user: User): Profile => ({
  name: user.profile?.display_name || user.profile?.real_name || user.real_name || user.name,
  language: user.locale,
  isBot: user.is_bot ?? false,
  homes: [
    user.team_id,
    ...(user.enterprise_user?.teams ?? []),
    // Slack may tell the organization's id in place of a workspace's.
    user.enterprise_user?.enterprise_id,
  ].filter((home) => home !== undefined),
  isAdmin: !user.deleted && ((user.is_admin ?? false) || (user.is_owner ?? false)),
})

const personOf = (id: string, name: string | undefined, language: string | undefined): Person => ({
  messenger: 'slack',
  id,
  handle: null,
  name: cleanLabel(name),
  language,
})
