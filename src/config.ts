import { existsSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { DatabaseUrlError, readAddress } from '../db/address.ts'
import { EmvTemplate } from './asks/emvco.ts'
import { type EpcAccount, isIban } from './asks/epc.ts'
import { type Asset, parseAmount } from './money/amount.ts'
import { MESSENGERS, wrongPersonId } from './shared/person-ids.ts'
import { Refusal } from './shared/refusal.ts'
import { root, secret, secretsOf, value } from './shared/settings.ts'
import { readTextFile } from './shared/text-file.ts'

/** What a process can do: serve the API and the pages, carry out deliveries and returns, run a messenger. */
export const ROLES: readonly string[] = ['api', 'worker', ...MESSENGERS]

/** What the configuration has to know about a messenger. */
export interface MessengerSettings {
  /** Also its role. */
  name: string
  /** Reads its own variables out of the whole environment; `undefined`: it isn't set up, so it can't run. */
  settings: z.ZodType
  /** The variable that sets it up. A messenger without one runs by default where no other is set up. */
  needs?: string
}

/** All settings, read and checked. */
export interface Config {
  host: string
  port: number
  /**
   * Where people reach the pages from outside, without a slash at the end. Where it is unset, the address it listens on is
   * used.
   */
  publicUrl: string | undefined
  dataDir: string
  databaseUrl: string | undefined
  secretKey: string | undefined
  /** What `/metrics` asks for; undefined: nothing. */
  metricsToken: string | undefined
  assets: Asset[]
  /** What codes of other payment systems say, by the code of the asset. */
  emvTemplates: ReadonlyMap<string, EmvTemplate>
  /** The operator's bank account, which codes for transfers in euros name. */
  epc: EpcAccount | undefined
  /** `messenger:id` of those who may put money into circulation. */
  operators: Set<string>
  /** What each messenger that is set up has read of its own variables, by its name. */
  messengers: ReadonlyMap<string, unknown>
  roles: Set<string>
  /** `small`: memory that is no longer used goes back to the system; `fast`: it is kept for the next peak. */
  memory: 'small' | 'fast'
  /** Proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: BlockList
  /** Networks of the operator's own that webhooks reach, besides the public internet. */
  webhookNetworks: BlockList
  /** For how many days an idempotency key is kept at least. */
  idempotencyDays: number
  /** Where a backup is written to once a day; undefined: none is. */
  backupDir: string | undefined
  /** How many of them are kept. */
  backupKeep: number
  /** Encrypts them. */
  backupPassphrase: string | undefined
}

/** A setting that can't be used: one line that names the variable and says how to mend it. */
export class ConfigError extends Error {}

/**
 * Reads the settings; nothing else reads the environment.
 * @param messengers those whose settings are read; a command of the command line runs none
 * @throws ConfigError
 */
export function readConfig(
  env: Record<string, string | undefined> = environment(),
  messengers: readonly MessengerSettings[] = [],
): Config {
  // An empty variable counts as one that isn't set.
  const filled = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const schema = environmentOf(messengers)
  const given = withSecretsOfFiles(filled, [schema, ...messengers.map(({ settings }) => settings)])
  const set = parse(schema, given)
  const isSetUp = new Map<string, unknown>()
  for (const { name, settings } of messengers) {
    const read = parse(settings, given)
    if (read !== undefined) isSetUp.set(name, read)
  }
  const roles = set.ROLES ?? defaultRoles(messengers, isSetUp)
  const lacking = messengers.find(({ name }) => roles.has(name) && !isSetUp.has(name))
  if (lacking) throw new ConfigError(`ROLES: ${lacking.name} needs ${lacking.needs} to be set.`)
  const assets = readAssets(set.ASSETS)
  return {
    host: set.HOST,
    port: set.PORT,
    publicUrl: set.PUBLIC_URL,
    dataDir: resolve(set.DATA_DIR),
    databaseUrl: set.DATABASE_URL,
    secretKey: set.SECRET_KEY,
    metricsToken: set.METRICS_TOKEN,
    assets: [...assets, PLAY],
    emvTemplates: readEmvTemplates(set.EMV_TEMPLATES, assets),
    epc: epcAccount(set, assets),
    operators: set.OPERATORS ?? new Set(),
    messengers: isSetUp,
    roles,
    memory: set.MEMORY,
    trustedProxies: blockListOf(set.TRUSTED_PROXIES ?? new Set()),
    webhookNetworks: blockListOf(set.WEBHOOK_NETWORKS ?? new Set()),
    idempotencyDays: set.IDEMPOTENCY_DAYS,
    backupDir: set.BACKUP_DIR === undefined ? undefined : resolve(set.BACKUP_DIR),
    backupKeep: set.BACKUP_KEEP,
    backupPassphrase: set.BACKUP_PASSPHRASE,
  }
}

/** Adds the secrets that are in files. No message tells a file's name, as somebody may write the secret itself there. */
function withSecretsOfFiles(given: Record<string, string | undefined>, settings: z.ZodType[]) {
  const read = { ...given }
  for (const name of settings.flatMap(secretsOf)) {
    const file = given[`${name}_FILE`]
    if (file === undefined) continue
    if (given[name] !== undefined)
      throw new ConfigError(`${name}_FILE: ${name} is set, too: set one of them.`)
    read[name] = secretIn(file, `${name}_FILE`)
  }
  return read
}

/** Without the line break that editors and `echo` put at its end; all else is the secret's. */
function secretIn(file: string, variable: string): string {
  let text: string
  try {
    text = readTextFile(file).replace(/\r?\n$/, '')
  } catch (error) {
    throw new ConfigError(`${variable}: the file ${whyUnread(error)}`)
  }
  if (text.trim() === '') throw new ConfigError(`${variable}: the file is empty`)
  return text
}

function parse<T>(schema: z.ZodType<T>, given: Record<string, string | undefined>): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ConfigError(`${String(issue?.path[0] ?? 'The environment')}: ${issue?.message}`)
}

const HOUR = 3600

/** Play money of the playground, which never leaves it. Its transfers stay in the books like all others. */
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

const list = <T extends string>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
    .transform((items) => new Set(items))

const PORT_FORM = 'must be a port number from 0 to 65535 (0: any free one)'

/** What waits for a messenger that is away, for 30 days at most, may be asked again with the same key. */
const MIN_KEY_DAYS = 31
const DAYS_FORM = `must be a number of days from ${MIN_KEY_DAYS} on`

/** An IP address, or a network in CIDR notation: `10.0.0.0/8`. */
const network = z.string().refine(
  (text) => {
    const [address = '', bits, more] = text.split('/')
    const most = { 4: 32, 6: 128 }[isIP(address)]
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (most ?? 0))
    return most !== undefined && isPrefix && more === undefined
  },
  { error: 'must list addresses or networks, like 10.0.0.0/8,fd00::/8,192.0.2.7' },
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

/** The variables of the service itself. `ROLES` is added, as it depends on the messengers. */
export const Environment = z.object({
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
  DATABASE_URL: secret
    .superRefine((url, issues) => {
      try {
        readAddress(url)
      } catch (error) {
        if (!(error instanceof DatabaseUrlError)) throw error
        issues.addIssue({ code: 'custom', message: error.reason })
      }
    })
    .optional(),
  // Not trimmed: links follow from it, so it must be read the same way for ever.
  SECRET_KEY: z
    .string()
    .meta({ isSecret: true })
    .min(32, { error: 'must have 32 characters or more: `openssl rand -base64 32` makes one' })
    .optional(),
  METRICS_TOKEN: secret
    .regex(/^[\w.~+/-]{16,}=*$/, {
      error: 'must have 16 characters or more, letters, digits and -._~+/: `openssl rand -hex 32` makes one',
    })
    .optional(),
  ASSETS: value.optional(),
  EMV_TEMPLATES: value.optional(),
  EPC_IBAN: value
    .transform((text) => text.replaceAll(' ', '').toUpperCase())
    .refine(isIban, { error: 'is no IBAN: a letter or a digit of it is wrong' })
    .optional(),
  EPC_NAME: value.max(70, { error: 'must have 70 characters at most' }).optional(),
  EPC_BIC: value
    .regex(/^[A-Z]{6}[A-Z\d]{2}([A-Z\d]{3})?$/, { error: 'must be a BIC, like BFSWDE33BER' })
    .optional(),
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
  TRUSTED_PROXIES: list(network).optional(),
  WEBHOOK_NETWORKS: list(network).optional(),
  MEMORY: z.enum(['small', 'fast'], { error: 'must be small or fast' }).default('small'),
  IDEMPOTENCY_DAYS: value
    .regex(/^\d{1,5}$/, { error: DAYS_FORM })
    .transform(Number)
    .refine((days) => days >= MIN_KEY_DAYS, { error: DAYS_FORM })
    .default(90),
  BACKUP_DIR: value.optional(),
  BACKUP_KEEP: value
    .regex(/^[1-9]\d{0,3}$/, { error: 'must be the number of backups to keep, from 1 to 9999' })
    .transform(Number)
    .default(7),
  // Not trimmed: backups of years ago are to be opened by it.
  BACKUP_PASSPHRASE: z
    .string()
    .min(12, { error: 'must have 12 characters or more: `openssl rand -base64 24` makes one' })
    .meta({ isSecret: true })
    .optional(),
})

/** ROLES may name every messenger of the service, also one that isn't given here. */
function environmentOf(messengers: readonly MessengerSettings[]) {
  const roles = [...new Set([...ROLES, ...messengers.map(({ name }) => name)])]
  const role = z.enum(roles, { error: `must list some of ${roles.join(',')}` })
  return Environment.extend({ ROLES: list(role).optional() })
}

const AssetFile = z
  .array(
    z.strictObject({
      code: z
        .string()
        .regex(/^[A-Z][A-Z0-9]{1,11}$/, { error: 'a code is 2 to 12 capital letters and digits' }),
      scale: z.int().min(0).max(8).default(2),
      symbols: z.array(z.string().regex(/^\p{Sc}$/u, { error: 'a symbol is one currency sign' })).default([]),
      maxTransfer: z.string().default('2000'),
      anyoneUpTo: z.string().optional(),
      confirmAbove: z.string().optional(),
      hours: z
        .number()
        .min(1 / HOUR, { error: 'a transfer stays open for a second at least' })
        .max(24 * 365, { error: 'a transfer stays open for a year at most' })
        .default(24),
    }),
  )
  .min(1)

/** What a file of JSON holds that a variable names. */
function readJson<T>(file: string, schema: z.ZodType<T>, wrong: (problem: string) => ConfigError): T {
  let json: unknown
  try {
    json = JSON.parse(readTextFile(file))
  } catch (error) {
    throw wrong(error instanceof SyntaxError ? 'is not JSON' : whyUnread(error))
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.')}: ${issue?.message}`)
}

function readEmvTemplates(file: string | undefined, assets: Asset[]): ReadonlyMap<string, EmvTemplate> {
  if (file === undefined) return new Map()
  const wrong = (problem: string) => new ConfigError(`EMV_TEMPLATES: ${file}: ${problem}`)
  const templates = readJson(file, z.array(EmvTemplate), wrong)
  const byAsset = new Map(templates.map((template) => [template.asset, template]))
  if (byAsset.size < templates.length) throw wrong('two templates are for the same asset')
  const unknown = [...byAsset.keys()].find((code) => !assets.some((asset) => asset.code === code))
  if (unknown !== undefined) throw wrong(`${unknown} is none of the assets`)
  return byAsset
}

function epcAccount(set: z.output<typeof Environment>, assets: Asset[]): EpcAccount | undefined {
  const { EPC_IBAN: iban, EPC_NAME: name, EPC_BIC: bic } = set
  if (iban === undefined && name === undefined && bic === undefined) return undefined
  if (iban === undefined)
    throw new ConfigError(
      `${name === undefined ? 'EPC_BIC' : 'EPC_NAME'}: set EPC_IBAN, too, which it is about.`,
    )
  if (name === undefined) throw new ConfigError('EPC_IBAN: set EPC_NAME, too: the holder of that account.')
  if (!assets.some(({ code, scale }) => code === 'EUR' && scale === 2))
    throw new ConfigError('EPC_IBAN: it is for EUR: name that in ASSETS, with two decimals.')
  return { iban, name, bic }
}

function readAssets(file: string | undefined): Asset[] {
  if (file === undefined) return [CREDIT]
  const wrong = (problem: string) => new ConfigError(`ASSETS: ${file}: ${problem}`)
  const read = readJson(file, AssetFile, wrong)
  if (new Set(read.map((asset) => asset.code)).size < read.length)
    throw wrong('two assets have the same code')
  if (read.some((asset) => asset.code === PLAY.code)) throw wrong('PLAY belongs to the playground')
  return read.map(({ hours, maxTransfer, anyoneUpTo, confirmAbove, ...asset }) => {
    const rules = { ...asset, maxTransfer: 0n, lifetime: Math.round(hours * HOUR) }
    const limit = (name: string, typed: string) => {
      try {
        return parseAmount(typed, rules)
      } catch (error) {
        if (error instanceof Refusal) throw wrong(`${asset.code}: ${name}: ${error.message}`)
        throw error
      }
    }
    return {
      ...rules,
      maxTransfer: limit('maxTransfer', maxTransfer),
      ...(anyoneUpTo !== undefined && { anyoneUpTo: limit('anyoneUpTo', anyoneUpTo) }),
      ...(confirmAbove !== undefined && { confirmAbove: limit('confirmAbove', confirmAbove) }),
    }
  })
}

function defaultRoles(messengers: readonly MessengerSettings[], isSetUp: ReadonlyMap<string, unknown>) {
  const chosen = messengers.filter(({ name, needs }) => needs !== undefined && isSetUp.has(name))
  const others = messengers.filter(({ needs }) => needs === undefined)
  const running = chosen.length > 0 ? chosen : others
  return new Set(['api', 'worker', ...running.map(({ name }) => name)])
}

/**
 * The environment of this process. Variables that it doesn't set are taken from `.env` in the working folder.
 * @throws ConfigError
 */
export function environment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) fillFrom('.env')
  return process.env
}

/** The environment has precedence over the file. */
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
  error instanceof TypeError
    ? 'is not text in UTF-8: save it as that'
    : `cannot be read (${(error as NodeJS.ErrnoException).code})`
