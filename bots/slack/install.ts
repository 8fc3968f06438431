import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { directionOf } from '../../src/shared/language.ts'
import type { Log } from '../log.ts'
import { openProofs } from '../proofs.ts'
import { supported, texts } from '../texts/index.ts'
import { request } from './client.ts'
import type { Installations } from './installations.ts'

/** Where a workspace installs the app, and where Slack sends its browser back to, as the app's manifest says. */
const INSTALL_PATH = '/slack/install'
export const REDIRECT_PATH = '/slack/oauth'

/** What the bot has to be allowed in a workspace: https://docs.slack.dev/reference/scopes */
export const SCOPES = [
  'app_mentions:read',
  'channels:read',
  'chat:write',
  'chat:write.public',
  'commands',
  'groups:read',
  'im:history',
  'im:write',
  'users:read',
] as const

interface Sources {
  app: { clientId: string; clientSecret: string }
  apiRoot: string
  installations: Installations
  /** The address at which people reach the service. */
  publicUrl(): string
  log: Log
}

/** How long somebody may take, in seconds. */
const MINUTES = 10
const COOKIE = 'passalong_slack'

/** https://docs.slack.dev/reference/methods/oauth.v2.access */
interface Access {
  access_token: string
  bot_user_id: string
  team: { id: string; name?: string } | null
}

/**
 * The pages by which workspaces install the app. A browser comes back with the state that it was given, which its cookie repeats: so nobody
 * can have another one finish what they have begun.
 */
export function createInstallPages({ app, apiRoot, installations, publicUrl, log }: Sources): Hono {
  const proofs = openProofs(app.clientSecret)
  const redirectUri = () => `${publicUrl()}${REDIRECT_PATH}`

  function newState(): string {
    const until = String(Date.now() + MINUTES * 60_000)
    const nonce = randomBytes(16).toString('base64url')
    return [until, nonce, proofs.of(until, nonce)].join('.')
  }

  function isOwn(state: string): boolean {
    const [until = '', nonce = '', proof = ''] = state.split('.')
    return proofs.isOf(proof, until, nonce) && Date.now() < Number(until)
  }

  async function finish(c: Context) {
    const { code, state = '' } = c.req.query()
    const given = getCookie(c, COOKIE)
    if (!code || given !== state || !isOwn(state)) return answer(c, undefined)
    const {
      access_token: token,
      bot_user_id: bot,
      team,
    } = await request<Access>('oauth.v2.access', `${apiRoot}/oauth.v2.access`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: app.clientId,
        client_secret: app.clientSecret,
        code,
        redirect_uri: redirectUri(),
      }),
    })
    // Installed for a whole organization, which the manifest doesn't offer: ids of people would be of no workspace.
    if (!team) return answer(c, undefined)
    await installations.keep(team.id, { token, bot })
    log.info({ messenger: 'slack', workspace: team.id }, 'a workspace has installed the app')
    return answer(c, team.name ?? team.id)
  }

  return new Hono()
    .get(INSTALL_PATH, (c) => {
      const state = newState()
      setCookie(c, COOKIE, state, {
        httpOnly: true,
        sameSite: 'Lax',
        secure: publicUrl().startsWith('https:'),
        path: REDIRECT_PATH,
        maxAge: MINUTES * 60,
      })
      const url = new URL('/oauth/v2/authorize', apiRoot)
      url.search = new URLSearchParams({
        client_id: app.clientId,
        scope: SCOPES.join(),
        redirect_uri: redirectUri(),
        state,
      }).toString()
      return c.redirect(url.href)
    })
    .get(REDIRECT_PATH, (c) =>
      finish(c).catch((error: unknown) => {
        log.warn({ err: error, messenger: 'slack' }, 'a workspace could not install the app')
        return answer(c, undefined)
      }),
    )
}

/** @param workspace in which it is installed; undefined: it was not */
function answer(c: Context, workspace: string | undefined) {
  const language = supported(c.req.header('accept-language')?.split(/[,;]/)[0])
  const t = texts(language)
  const title = workspace === undefined ? t('slack.notInstalled') : t('slack.installed', { workspace })
  c.header('cache-control', 'no-store')
  return c.html(
    html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${workspace === undefined ? html`<p>${t('slack.again')}</p><p><a class="button" href="${INSTALL_PATH}">${t('slack.tryAgain')}</a></p>` : html`<p>${t('slack.next')}</p>`}
</main>
</body>
</html>`,
    workspace === undefined ? 400 : 200,
  )
}
