#!/usr/bin/env node
import { mkdir } from 'node:fs/promises'
import { defineCommand, runMain } from 'citty'
import { pino } from 'pino'
import { DatabaseUrlError } from '../db/address.ts'
import { checkDatabase } from '../db/check.ts'
import { EmbeddedPostgresError, joinEmbeddedPostgres } from '../db/embedded.ts'
import { connect, migrate } from '../db/postgres.ts'
import { audit } from './audit.ts'
import { ConfigError, readConfig } from './config.ts'
import { type Core, openCore } from './core.ts'
import { issue } from './issue.ts'
import { chooseAsset, formatAmount } from './money.ts'
import { Refusal } from './refusal.ts'
import { keptSecretKey } from './secret.ts'
import { makeToken } from './tokens.ts'

const token = defineCommand({
  meta: {
    name: 'token',
    description: "Make a bearer token for an API client; the name's earlier token ends.",
  },
  args: {
    name: { type: 'positional', required: true, description: 'What the client is called, like "shop"' },
  },
  run: ({ args }) =>
    withCore(async ({ db }) => {
      print(await makeToken(db, args.name))
    }),
})

const issueCommand = defineCommand({
  meta: {
    name: 'issue',
    description: 'Put money into circulation: passalong issue AMOUNT [ASSET] MESSENGER:ID',
  },
  args: {
    amount: { type: 'positional', required: true, description: 'Like 100 or 99.50' },
    assetOrPerson: { type: 'positional', required: true, description: 'Like CREDIT; or the person' },
    person: { type: 'positional', required: false, description: 'Like telegram:123456789' },
  },
  run: ({ args }) =>
    withCore(async (core) => {
      const [asset, who] =
        args.person === undefined ? [undefined, args.assetOrPerson] : [args.assetOrPerson, args.person]
      const match = /^([a-z]{2,20}):([\w-]{1,64})$/.exec(who)
      if (!match) throw new ConfigError(`"${who}" is not a person. People are named like telegram:123456789.`)
      const [, messenger = '', id = ''] = match
      const chosen = chooseAsset(core.assetsFor(messenger), asset, args.amount)
      const whose = { messenger, id }
      const done = await issue(core, { amount: args.amount, asset: chosen, direction: 'in', whose })
      print(`Issued to ${who}: ${formatAmount(done.amount, chosen)} ${chosen.code}`)
    }),
})

const auditCommand = defineCommand({
  meta: {
    name: 'audit',
    description:
      'Recompute every balance and every transfer from the entries; ends with 1 where the books are wrong.',
  },
  run: () =>
    withDatabase(async (url) => {
      const { db, close } = connect(url)
      try {
        const { accounts, transfers, entries, faults } = await audit(db)
        for (const fault of faults) print(fault)
        print(
          `${faults.length === 0 ? 'The books are right' : 'THE BOOKS ARE WRONG'}: ${accounts} accounts, ${transfers} transfers, ${entries} entries recomputed.`,
        )
        if (faults.length > 0) process.exitCode = 1
      } finally {
        await close()
      }
    }),
})

/** Runs on the database that is configured: the given one, or the embedded one, beside a running service or without. */
async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  try {
    const config = readConfig()
    await mkdir(config.dataDir, { recursive: true })
    const server = config.databaseUrl ? undefined : await joinEmbeddedPostgres(config.dataDir)
    const url = config.databaseUrl ? await checkDatabase(config.databaseUrl) : (server?.url as string)
    try {
      await migrate(url)
      await work(url)
    } finally {
      await server?.stop()
    }
  } catch (error) {
    const known = [ConfigError, DatabaseUrlError, EmbeddedPostgresError, Refusal].some(
      (kind) => error instanceof kind,
    )
    console.error(known ? (error as Error).message : `passalong failed: ${reasonOf(error as Error)}`)
    process.exitCode = 2
  }
}

/** In one line. A failed query's own message repeats what was given to it; its cause does not. */
const reasonOf = ({ message, cause, name }: Error): string =>
  cause instanceof Error ? reasonOf(cause) : message.split('\n')[0] || name

const withCore = (work: (core: Core) => Promise<void>) =>
  withDatabase(async (url) => {
    const config = readConfig()
    const secretKey = config.secretKey ?? (await keptSecretKey(config.dataDir))
    const core = await openCore(
      { ...config, roles: new Set() },
      url,
      secretKey,
      pino({ enabled: false }),
      () => '',
    )
    try {
      await work(core)
    } finally {
      await core.close()
    }
  })

const print = (line: string) => process.stdout.write(`${line}\n`)

const passalong = defineCommand({
  meta: { name: 'passalong', description: 'Pass money along in any chat.' },
  subCommands: { token, issue: issueCommand, audit: auditCommand },
})

await runMain(passalong)
