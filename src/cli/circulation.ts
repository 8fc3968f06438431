import { circulationOf } from '../operators/circulation.ts'
import { readBooks } from './books.ts'
import type { Command } from './command.ts'
import { tableOf } from './table.ts'

/** `passalong circulation` */
export const circulation: Command = {
  words: [],
  about: 'what is in circulation of each asset, and where it is; ends with 1 where that does not add up',
  details: [
    'Issued = withdrawn + people + treasuries + open transfers, all of one moment. What is missing in that is the difference.',
  ],
  flags: {},
  json: '{"assets":[{"asset":"CREDIT","issued":"120.00","withdrawn":"0.00","people":"75.00","treasuries":"25.00","open":"20.00","openTransfers":1,"difference":"0.00"}]}',
  run: ({ print }) =>
    readBooks(async ({ db, assets }) => {
      const all = (await circulationOf(db)).map((one) => ({
        ...one,
        difference: one.issued - one.withdrawn - one.people - one.treasuries - one.open,
      }))
      const shown = all.map(({ asset, openTransfers, ...sums }) => ({
        asset,
        ...mapValues(sums, (minor) => assets.formatted(minor, asset)),
        openTransfers,
      }))
      const rows = shown.map(
        ({ asset, issued, withdrawn, people, treasuries, open, openTransfers, difference }) => [
          asset,
          issued,
          withdrawn,
          people,
          treasuries,
          open,
          `${openTransfers}`,
          difference,
        ],
      )
      const head = ['ASSET', 'ISSUED', 'WITHDRAWN', 'PEOPLE', 'TREASURIES', 'OPEN', 'TRANSFERS', 'DIFFERENCE']
      print(tableOf([head, ...rows], [1, 2, 3, 4, 5, 6, 7]), { assets: shown })
      return all.some(({ difference }) => difference !== 0n) ? 1 : 0
    }),
}

const mapValues = <Name extends string, From, To>(
  values: Record<Name, From>,
  change: (value: From) => To,
): Record<Name, To> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value as From)])) as Record<
    Name,
    To
  >
