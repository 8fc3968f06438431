import { inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { assets as assetRows, transfers as transferRows } from '../../db/schema.ts'
import { ConfigError } from '../config.ts'
import { type Asset, formatAmount } from './amount.ts'

/** The assets that can be passed along, as ASSETS says. */
export interface Assets {
  /** Those that people of a messenger deal in; the first one is meant where none is named. */
  of(messenger: string): Asset[]
  /** Their codes. */
  codesOf(messenger: string): ReadonlySet<string>
  /** An asset of the books. @throws Error where ASSETS doesn't know the code */
  named(code: string): Asset
  /** Minor units as a decimal string with all decimals. @throws Error where ASSETS doesn't know the code */
  formatted(minor: bigint, code: string): string
}

/** A messenger that has assets of its own deals in those alone; every other messenger deals in those that belong to none. */
export function openAssets(list: Asset[]): Assets {
  const byCode = new Map(list.map((asset) => [asset.code, asset]))
  const byMessenger = new Map(
    [...Map.groupBy(list, ({ messenger }) => messenger)].map(([messenger, assets]) => [
      messenger,
      { assets, codes: new Set(assets.map(({ code }) => code)) },
    ]),
  )
  const common = byMessenger.get(undefined) ?? { assets: [], codes: new Set<string>() }
  const dealtIn = (messenger: string) => byMessenger.get(messenger) ?? common
  const named = (code: string) => {
    const asset = byCode.get(code)
    if (!asset) throw new Error(`The asset ${code} is in the books, but not in ASSETS.`)
    return asset
  }
  return {
    of: (messenger) => dealtIn(messenger).assets,
    codesOf: (messenger) => dealtIn(messenger).codes,
    named,
    formatted: (minor, code) => formatAmount(minor, named(code)),
  }
}

/**
 * Writes new assets into the books.
 * @throws ConfigError where the books know an asset otherwise than ASSETS
 */
export async function writeAssets(db: Database, assets: Asset[]): Promise<void> {
  await db
    .insert(assetRows)
    .values(assets.map(({ code, scale }) => ({ code, scale })))
    .onConflictDoNothing()
  await checkAssets(db, assets)
}

/**
 * Makes sure that the books know these assets, and no other asset that has transfers. Amounts are stored in minor units, so a
 * changed scale would multiply everybody's money.
 * @throws ConfigError
 */
export async function checkAssets(db: Database, assets: Asset[]): Promise<void> {
  const rows = await db.select().from(assetRows)
  const inBooks = new Set(rows.map((row) => row.code))
  const unknown = assets.find((asset) => !inBooks.has(asset.code))
  if (unknown)
    throw new ConfigError(
      `ASSETS: ${unknown.code} is not in the books yet: start the service with it once, so that it deals in it.`,
    )
  const scales = new Map(assets.map((asset) => [asset.code, asset.scale]))
  for (const { code, scale } of rows)
    if ((scales.get(code) ?? scale) !== scale)
      throw new ConfigError(
        `ASSETS: ${code} has ${scale} decimals in the books, and its scale can't change to ${scales.get(code)}: write {"code": "${code}", "scale": ${scale}}.`,
      )
  const missing = rows.filter((row) => !scales.has(row.code))
  const codes = missing.map((row) => row.code)
  const used = await db
    .selectDistinct({ asset: transferRows.asset })
    .from(transferRows)
    .where(inArray(transferRows.asset, codes))
  const isUsed = new Set(used.map((row) => row.asset))
  const lines = missing.flatMap(({ code, scale }) =>
    isUsed.has(code) ? `{"code": "${code}", "scale": ${scale}}` : [],
  )
  if (lines.length > 0)
    throw new ConfigError(
      `ASSETS: the books hold ${[...isUsed].join(', ')}, and ASSETS doesn't say what that is: let it name a file whose list has ${lines.join(', ')}, too.`,
    )
}
