import { existsSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { DatabaseUrlError, readAddress } from '../db/address.ts'
import { type Asset, parseAmount } from './money.ts'
import { Refusal } from './refusal.ts'
import { wrongPersonId } from './shared/person-ids.ts'
import { readTextFile } from './text-file.ts'

export const ROLES = ['api', 'worker', 'telegram', 'discord', 'playground'] as const
export type Role = (typeof ROLES)[number]

export interface Config {
  host: string
  port: number
  /** Where people reach the pages from outside, without a slash at the end; unset: the address it listens on. */
  publicUrl: string | undefined
  dataDir: string
  databaseUrl: string | undefined
  secretKey: string | undefined
  assets: Asset[]
  /** `messenger:id` of those who may put money into circulation. */
  operators: Set<string>
  telegram: { token: string; apiRoot: string | undefined; webhook: boolean } | undefined
  discord: { token: string; apiRoot: string | undefined } | undefined
  roles: Set<Role>
  /** `small`: memory that is not used any more goes back to the system; `fast`: it is kept for the next rush. */
  memory: 'small' | 'fast'
  /** Those that are believed about whom they ask for, in `X-Forwarded-For`. */
  trustedProxies: BlockList
}

/** A setting that can't be used: one line that names the variable and the mend. */
export class ConfigError extends Error {}

/** The only reader of the environment. An `.env` file in the working folder fills what the environment leaves open. */
export function readConfig(env: Record<string, string | undefined> = environment()): Config {
  // An empty variable is one that isn't set.
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== '')
  const parsed = Environment.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ConfigError(`${String(issue?.path[0] ?? 'The environment')}: ${issue?.message}`)
  }
  const set = parsed.data
  const telegram = set.TELEGRAM_BOT_TOKEN
    ? {
        token: set.TELEGRAM_BOT_TOKEN,
        apiRoot: set.TELEGRAM_API_ROOT,
        webhook: set.TELEGRAM_WEBHOOK ?? false,
      }
    : undefined
  const discord = set.DISCORD_BOT_TOKEN
    ? { token: set.DISCORD_BOT_TOKEN, apiRoot: set.DISCORD_API_ROOT }
    : undefined
  if (telegram?.webhook && !set.PUBLIC_URL?.startsWith('https://') && !telegram.apiRoot)
    throw new ConfigError(
      'TELEGRAM_WEBHOOK: a webhook needs PUBLIC_URL to be an https address that Telegram can reach; or leave it out to poll.',
    )
  const roles = set.ROLES ?? defaultRoles(telegram !== undefined, discord !== undefined)
  if (roles.has('telegram') && !telegram)
    throw new ConfigError('ROLES: telegram needs TELEGRAM_BOT_TOKEN to be set.')
  if (roles.has('discord') && !discord)
    throw new ConfigError('ROLES: discord needs DISCORD_BOT_TOKEN to be set.')
  const assets = readAssets(set.ASSETS)
  return {
    host: set.HOST,
    port: set.PORT,
    publicUrl: set.PUBLIC_URL,
    dataDir: resolve(set.DATA_DIR),
    databaseUrl: set.DATABASE_URL,
    secretKey: set.SECRET_KEY,
    assets: [...assets, PLAY],
    operators: set.OPERATORS ?? new Set(),
    telegram,
    discord,
    roles,
    memory: set.MEMORY,
    trustedProxies: blockListOf(set.TRUSTED_PROXIES ?? new Set()),
  }
}

const HOUR = 3600

/** Play credits: they belong to the playground's people and never leave it. What was played stays in the books. */
const PLAY: Asset = {
  code: 'PLAY',
  scale: 2,
  symbols: [],
  maxTransfer: 2000_00n,
  lifetime: 24 * HOUR,
  messenger: 'playground',
}

const CREDIT: Asset = {
  code: 'CREDIT',
  scale: 2,
  symbols: [],
  maxTransfer: 2000_00n,
  lifetime: 24 * HOUR,
}

/** Line breaks and blanks come along when a value is copied, quotes where nothing takes them off, as with `docker --env-file`. */
const value = z.string().refine((text) => !/^[\s"'`]|[\s"'`]$|[\r\n]/.test(text), {
  error: 'has a blank, a line break or a quote too many: write the bare value',
  abort: true,
})

const address = (schemes: string[], example: string) =>
  value
    .refine(
      (text) => schemes.some((scheme) => URL.canParse(text) && new URL(text).protocol === `${scheme}:`),
      { error: `must be an address like ${example}` },
    )
    .transform((text) => text.replace(/\/+$/, ''))

/** Where an address of ours begins: what follows is put behind it. */
const root = (example: string) =>
  address(['http', 'https'], example).refine((text) => /^https?:\/\/[^\s?#@\\]+$/.test(text), {
    error: `must be an address like ${example}, without a blank, a user, a query or a fragment`,
  })

const list = <T extends string>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
    .transform((items) => new Set(items))

const PORT_FORM = 'must be a port number from 0 to 65535 (0: any free one)'

/** An IP address, or all that begin like it: `10.0.0.0/8`. */
const network = z.string().refine(
  (text) => {
    const [address = '', bits, more] = text.split('/')
    const most = { 4: 32, 6: 128 }[isIP(address)]
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (most ?? 0))
    return most !== undefined && isPrefix && more === undefined
  },
  { error: 'must list addresses or networks of proxies, like 10.0.0.0/8,fd00::/8,192.0.2.7' },
)

function blockListOf(networks: Set<string>): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const [address = '', bits] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

const Environment = z.object({
  HOST: value
    .regex(/^[\w.:%-]+$/, { error: 'must be an address or a name of this machine, like 0.0.0.0' })
    .default('127.0.0.1'),
  PORT: value
    .regex(/^\d+$/, { error: PORT_FORM })
    .transform(Number)
    .refine((port) => port <= 65535, { error: PORT_FORM })
    .default(3000),
  PUBLIC_URL: root('https://pass.example.org')
    .refine((url) => new URL(url).pathname === '/', { error: 'must be an address without a path' })
    .optional(),
  DATA_DIR: value.default('./data'),
  DATABASE_URL: value
    .superRefine((url, issues) => {
      try {
        readAddress(url)
      } catch (error) {
        if (!(error instanceof DatabaseUrlError)) throw error
        issues.addIssue({ code: 'custom', message: error.reason })
      }
    })
    .optional(),
  // Taken as it is, whatever surrounds it: links follow from it, and so it can't be read otherwise one day.
  SECRET_KEY: z
    .string()
    .min(32, { error: 'must have 32 characters or more: `openssl rand -base64 32` makes one' })
    .optional(),
  ASSETS: value.optional(),
  OPERATORS: list(
    z
      .string()
      .regex(/^[a-z]+:\S+$/, { error: 'must list people as messenger:id, like telegram:123456789,shop:ben' })
      .superRefine((person, context) => {
        const [messenger = '', id = ''] = person.split(/:(.*)/s)
        const problem = wrongPersonId(messenger, id)
        if (problem) context.addIssue(problem)
      }),
  ).optional(),
  TELEGRAM_BOT_TOKEN: value
    .regex(/^\d+:[\w-]+$/, { error: 'must be a token from @BotFather, like 123456:ABC-DEF' })
    .optional(),
  TELEGRAM_API_ROOT: root('https://api.telegram.org').optional(),
  TELEGRAM_WEBHOOK: z.stringbool({ error: 'must be on or off' }).optional(),
  DISCORD_BOT_TOKEN: value
    .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, {
      error:
        "must be the bot's token from https://discord.com/developers/applications: three parts with dots between them",
    })
    .optional(),
  DISCORD_API_ROOT: root('https://discord.com/api').optional(),
  TRUSTED_PROXIES: list(network).optional(),
  MEMORY: z.enum(['small', 'fast'], { error: 'must be small or fast' }).default('small'),
  ROLES: list(z.enum(ROLES, { error: `must list some of ${ROLES.join(',')}` })).optional(),
})

const AssetFile = z
  .array(
    z.strictObject({
      code: z
        .string()
        .regex(/^[A-Z][A-Z0-9]{1,11}$/, { error: 'a code is 2 to 12 capital letters and digits' }),
      scale: z.int().min(0).max(8).default(2),
      symbols: z.array(z.string().regex(/^\p{Sc}$/u, { error: 'a symbol is one currency sign' })).default([]),
      maxTransfer: z.string().default('2000'),
      hours: z
        .number()
        .min(1 / HOUR, { error: 'a transfer stays open for a second at least' })
        .max(24 * 365, { error: 'a transfer stays open for a year at most' })
        .default(24),
    }),
  )
  .min(1)

function readAssets(file: string | undefined): Asset[] {
  if (file === undefined) return [CREDIT]
  const wrong = (problem: string) => new ConfigError(`ASSETS: ${file}: ${problem}`)
  let json: unknown
  try {
    json = JSON.parse(readTextFile(file))
  } catch (error) {
    throw wrong(error instanceof SyntaxError ? 'is not JSON' : whyUnread(error))
  }
  const parsed = AssetFile.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw wrong(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  if (new Set(parsed.data.map((asset) => asset.code)).size < parsed.data.length)
    throw wrong('two assets have the same code')
  if (parsed.data.some((asset) => asset.code === PLAY.code)) throw wrong('PLAY belongs to the playground')
  return parsed.data.map(({ hours, maxTransfer, ...asset }) => {
    const rules = { ...asset, maxTransfer: 0n, lifetime: Math.round(hours * HOUR) }
    try {
      return { ...rules, maxTransfer: parseAmount(maxTransfer, rules) }
    } catch (error) {
      if (error instanceof Refusal) throw wrong(`${asset.code}: maxTransfer: ${error.message}`)
      throw error
    }
  })
}

function defaultRoles(telegram: boolean, discord: boolean): Set<Role> {
  const roles = new Set<Role>(['api', 'worker'])
  if (telegram) roles.add('telegram')
  if (discord) roles.add('discord')
  if (!telegram && !discord) roles.add('playground')
  return roles
}

function environment() {
  if (existsSync('.env')) fillFrom('.env')
  return process.env
}

/** What the environment sets goes before. */
function fillFrom(file: string) {
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    throw new ConfigError(`${resolve(file)}: ${whyUnread(error)}`)
  }
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value
}

const whyUnread = (error: unknown) =>
  error instanceof TypeError ? 'is not text in UTF-8: save it as that' : 'cannot be read'
