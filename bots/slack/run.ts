import { createBot } from '../bot.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { RunningMessenger } from '../messenger.ts'
import { openButtons } from '../signed-buttons.ts'
import { createClient, isBadToken, request } from './client.ts'
import { createCommands } from './commands.ts'
import { createEvents } from './events.ts'
import type { SlackSettings } from './index.ts'
import { createInstallPages } from './install.ts'
import { type Installation, oneInstallation, openInstallations } from './installations.ts'
import { createInteractions } from './interactions.ts'
import { createMessenger } from './messenger.ts'
import { openDirectory } from './people.ts'
import { createWebhook } from './webhook.ts'

export function createSlack(
  { settings, api, log, publicUrl }: CreateOptions<SlackSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { signingSecret, app, apiRoot } = settings
  /** The one workspace of a fixed token, once Slack has been reached. */
  let only: { workspace: string; installation: Installation } | undefined
  let isReached = false
  const installations =
    'token' in app ? oneInstallation(() => only) : openInstallations(api, app.clientSecret)
  const client = createClient(apiRoot, installations)
  const directory = openDirectory(client, installations)
  const buttons = openButtons(signingSecret)
  const ping = async () => void (await reach())
  const slack = createMessenger({ client, directory, buttons, ping }, capabilities)
  const lifecycle = openLifecycle(api, slack, log, CREDENTIALS)
  const bot = createBot(api, slack, log)
  const context = { client, slack, bot, directory, installations, buttons, lifecycle, log }
  const commands = createCommands(context)
  const events = createEvents(context, commands)

  const webhook = createWebhook({
    signingSecret,
    isOpen: () => isReached && !lifecycle.signal.aborted,
    takeEvent: (told) => lifecycle.takeEvent(told.event.type, () => events.take(told)),
    takeCommand: commands.takeSlash,
    takeInteraction: createInteractions(context),
    log,
  })

  /** Makes a cheap call, with the token if there is one. @returns a link that opens Slack */
  async function reach(): Promise<string> {
    if (!('token' in app)) {
      await request('api.test', `${apiRoot}/api.test`, { method: 'POST' })
      return 'https://app.slack.com/client'
    }
    const self = await request<Self>('auth.test', `${apiRoot}/auth.test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}` },
    })
    only = { workspace: self.team_id, installation: { token: app.token, bot: self.user_id } }
    return `https://slack.com/app_redirect?team=${self.team_id}&channel=${self.user_id}`
  }

  return {
    app:
      'token' in app
        ? webhook
        : webhook.route('/', createInstallPages({ app, apiRoot, installations, publicUrl, log })),
    start: () =>
      lifecycle.start(async () => {
        const link = await lifecycle.retry(reach, {
          begins: 'Slack cannot be reached; it is tried again',
          ends: 'Slack is reached',
        })
        isReached = true
        lifecycle.serve(bot, { title: 'Slack', link })
      }),
    stop: () => lifecycle.stop(client.stop),
  }
}

/** https://docs.slack.dev/reference/methods/auth.test */
interface Self {
  team_id: string
  user_id: string
}

const CREDENTIALS = {
  areRefused: isBadToken,
  advice:
    'SLACK_BOT_TOKEN: Slack does not take it. Copy the Bot User OAuth Token anew from https://api.slack.com/apps, under OAuth & Permissions',
}
