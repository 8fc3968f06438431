import { z } from 'zod'
import { root, secret } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface DiscordSettings {
  token: string
  /** The address of an API in place of Discord's own. */
  apiRoot: string | undefined
}

// In chats that the bot is no member of, cards are redrawn with the token of an interaction, which lasts 15 minutes.
const capabilities: Capabilities = { handles: true, redraw: 'while', buttons: true, language: 'en' }

export const discord: Description<DiscordSettings> = {
  name: 'discord',
  needs: 'DISCORD_BOT_TOKEN',
  settings: z
    .object({
      DISCORD_BOT_TOKEN: secret
        .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, {
          error:
            "must be the bot's token from https://discord.com/developers/applications: three parts with dots between them",
        })
        .optional(),
      DISCORD_API_ROOT: root('https://discord.com/api').optional(),
    })
    .transform(({ DISCORD_BOT_TOKEN: token, DISCORD_API_ROOT: apiRoot }) =>
      token ? { token, apiRoot } : undefined,
    ),
  capabilities,
  async create(options) {
    const { createDiscord } = await import('./run.ts')
    return createDiscord(options, capabilities)
  },
}
