import { connect } from '../../db/postgres.ts'

/** Nothing can be written to the ledger of a database until what this answers is called; it gives up after four seconds. */
export const holdLedger = (database: string) => hold(database, 'entries in exclusive mode')

/** No words are tried in a database until what this answers is called; that is waited for longer. */
export const holdGuesses = (database: string) => hold(database, 'phrase_guesses in exclusive mode')

async function hold(database: string, what: string): Promise<() => void> {
  const { sql, close } = connect(database)
  const held = Promise.withResolvers<void>()
  await new Promise<void>((resolve, reject) => {
    sql
      .begin(async (tx) => {
        await tx.unsafe(`lock table ${what}`)
        resolve()
        await held.promise
      })
      .catch(reject)
      .finally(close)
  })
  return held.resolve
}
