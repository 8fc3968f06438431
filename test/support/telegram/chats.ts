// Methods about chats, files, the bot itself and how its updates come.
import { type Chat, fileJson, GROUP_ANONYMOUS_BOT } from './chat.ts'
import type { Method } from './messages.ts'
import type { Person } from './person.ts'
import { badRequest, type Json } from './wire.ts'
import type { World } from './world.ts'

export const chatMethods: Record<string, Method> = {
  getMe: ({ bot, botFather }) => ({
    ...bot,
    can_join_groups: true,
    can_read_all_group_messages: !botFather.privacy,
    supports_guest_queries: botFather.guests,
    supports_inline_queries: botFather.inline,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }),

  getUpdates: (world, params, _, signal) => world.updates.poll(params, signal),
  setWebhook: (world, params) => world.updates.setWebhook(params),
  deleteWebhook: (world, params) => world.updates.setWebhook({ ...params, url: '' }),
  getWebhookInfo: (world) => world.updates.webhookInfo(),

  setMyCommands: (world, params) => {
    checkScope(world, params.scope)
    world.profile.set(commandsKey(params), params.commands)
    return true
  },
  deleteMyCommands: (world, params) => {
    world.profile.delete(commandsKey(params))
    return true
  },
  getMyCommands: (world, params) => world.profile.get(commandsKey(params)) ?? [],

  setMyName: (world, params) => setText(world, 'name', params),
  getMyName: (world, params) => getText(world, 'name', params) ?? { name: world.bot.first_name },
  setMyDescription: (world, params) => setText(world, 'description', params),
  getMyDescription: (world, params) => getText(world, 'description', params) ?? { description: '' },
  setMyShortDescription: (world, params) => setText(world, 'short_description', params),
  getMyShortDescription: (world, params) =>
    getText(world, 'short_description', params) ?? { short_description: '' },

  getChat: (world, params) => ({
    ...world.chat(params.chat_id, 'read').toJson(),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
  }),
  getChatMember: (world, params) => {
    const chat = world.chat(params.chat_id, 'write')
    const user = [world.bot, GROUP_ANONYMOUS_BOT].find(({ id }) => id === params.user_id)
    const person = world.people.get(params.user_id)
    if (!user && !person?.isMet && !chat.members.has(params.user_id)) throw badRequest('user not found')
    return world.member(chat, user ?? (person as Person).json)
  },
  getChatAdministrators: (world, params) => {
    const chat = world.chat(params.chat_id, 'write')
    if (chat.type === 'private') throw badRequest('there are no administrators in the private chat')
    const admins = [...chat.members.values()].filter(({ status }) => status !== 'member')
    const bots = params.return_bots && chat.bot === 'administrator' ? [world.bot] : []
    return [...admins.map(({ person }) => person.json), ...bots].map((user) => world.member(chat, user))
  },
  getChatMemberCount: (world, params) => {
    const chat = world.chat(params.chat_id, 'write')
    return chat.members.size + 1
  },
  leaveChat: (world, params) => {
    world.setBotStatus(world.chat(params.chat_id, 'write'), 'left', world.bot)
    return true
  },

  getFile: (world, params) => {
    const file = world.files.get(params.file_id)
    if (!file) throw badRequest('invalid file_id')
    return { ...fileJson(file), file_path: file.path }
  },
  getUserProfilePhotos: () => ({ total_count: 0, photos: [] }),
  getChatMenuButton: () => ({ type: 'default' }),
}

/**
 * The commands that a person's app offers in a chat:
 * https://core.telegram.org/bots/api#determining-list-of-commands
 */
export function commandsFor(world: World, person: Person, chat: Chat): Json[] {
  const isAdmin = ['creator', 'administrator'].includes(chat.members.get(person.id)?.status ?? '')
  const { id: chat_id } = chat
  const inGroup = [
    { type: 'chat_member', chat_id, user_id: person.id },
    ...(isAdmin ? [{ type: 'chat_administrators', chat_id }] : []),
    { type: 'chat', chat_id },
    ...(isAdmin ? [{ type: 'all_chat_administrators' }] : []),
    { type: 'all_group_chats' },
    { type: 'default' },
  ]
  const inPrivate = [{ type: 'chat', chat_id }, { type: 'all_private_chats' }, { type: 'default' }]
  const language = person.json.language_code?.slice(0, 2) ?? ''
  for (const scope of chat.type === 'private' ? inPrivate : inGroup) {
    for (const language_code of [language, '']) {
      const commands = world.profile.get(commandsKey({ scope, language_code }))
      if (commands) return commands as Json[]
    }
  }
  return []
}

function commandsKey({ scope = { type: 'default' }, language_code = '' }: Json): string {
  return `commands ${[scope.type, scope.chat_id, scope.user_id].filter(Boolean).join(' ')} ${language_code}`
}

function checkScope(world: World, scope: Json | undefined): void {
  if (scope?.chat_id !== undefined) world.chat(scope.chat_id, 'read')
}

function setText(world: World, name: string, params: Json): true {
  const key = `${name} ${params.language_code ?? ''}`
  if (params[name]) world.profile.set(key, { [name]: params[name] })
  else world.profile.delete(key)
  return true
}

function getText(world: World, name: string, params: Json): Json | undefined {
  return world.profile.get(`${name} ${params.language_code ?? ''}`) ?? world.profile.get(`${name} `)
}
