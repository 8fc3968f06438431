// The manifest of the app as an operator pastes it: the fake is set up by it, and knows nothing else of the app.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = new URL('../../../docs/messengers/slack.md', import.meta.url)
const [, json = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8')) ?? []

const url = z.url({ protocol: /^https$/ })

/** https://docs.slack.dev/reference/app-manifest */
export const manifest = z
  .strictObject({
    display_information: z.strictObject({
      name: z.string().max(35),
      description: z.string().max(140),
      background_color: z.string().regex(/^#[\da-f]{6}$/),
    }),
    features: z.strictObject({
      app_home: z.strictObject({
        home_tab_enabled: z.boolean(),
        messages_tab_enabled: z.boolean(),
        messages_tab_read_only_enabled: z.boolean(),
      }),
      bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean() }),
      shortcuts: z
        .array(
          z.strictObject({
            name: z.string().max(24),
            type: z.enum(['message', 'global']),
            callback_id: z.string().max(255),
            description: z.string().max(150),
          }),
        )
        .max(10),
      slash_commands: z
        .array(
          z.strictObject({
            command: z.string().regex(/^\/[^\sA-Z]{1,31}$/),
            url,
            description: z.string().max(2000),
            usage_hint: z.string().max(1000).optional(),
            should_escape: z.boolean(),
          }),
        )
        .max(50),
    }),
    oauth_config: z.strictObject({
      redirect_urls: z.array(url),
      scopes: z.strictObject({ bot: z.array(z.string()) }),
    }),
    settings: z.strictObject({
      event_subscriptions: z.strictObject({ request_url: url, bot_events: z.array(z.string()) }),
      interactivity: z.strictObject({ is_enabled: z.boolean(), request_url: url }),
      org_deploy_enabled: z.boolean(),
      socket_mode_enabled: z.boolean(),
      token_rotation_enabled: z.boolean(),
    }),
  })
  .parse(JSON.parse(json))
