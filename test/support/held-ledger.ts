import { connect } from '../../db/postgres.ts'

/** Nothing can be written to the ledger of a database until what this answers is called. */
export async function holdLedger(database: string): Promise<() => void> {
  const { sql, close } = connect(database)
  const held = Promise.withResolvers<void>()
  await new Promise<void>((resolve, reject) => {
    sql
      .begin(async (tx) => {
        await tx`lock table entries in exclusive mode`
        resolve()
        await held.promise
      })
      .catch(reject)
      .finally(close)
  })
  return held.resolve
}
