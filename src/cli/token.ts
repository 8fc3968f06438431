import { eq } from 'drizzle-orm'
import { assets } from '../../db/schema.ts'
import { APP_VERBS, type Scope, VERBS, type Verb, type Whom } from '../access/scopes.ts'
import { makeToken } from '../access/tokens.ts'
import { openGroups } from '../groups/groups.ts'
import { readKey } from '../shared/keys.ts'
import { isDay } from '../shared/zones.ts'
import { type Books, withBooks } from './books.ts'
import { type Call, type Command, UsageError } from './command.ts'

/** `passalong token` */
export const token: Command = {
  words: ['NAME'],
  about: "make a bearer token for a program; the name's earlier token ends",
  details: [
    'NAME is what the program is called, like shop. The token is shown once, and nowhere kept.',
    'Without flags it is for an app with an account of its own, app:NAME: it may get money there, pay with it, and see',
    `what is its own. VERBS are ${VERBS.join(', ')}, with commas between them; or all, which is as powerful as the operator.`,
  ],
  flags: {
    may: { value: 'VERBS', about: `what it may do; ${APP_VERBS.join(',')} where it is left out` },
    for: {
      value: 'WHOM',
      about:
        'for whom, besides its own account: MESSENGER:GROUP, whose treasury it pays from as an admin does; everybody; or an ASSET: everybody, in that alone. sandbox: none, and its own account is playground:NAME, with play money alone',
    },
    'per-transfer': { value: 'AMOUNT', about: 'the most in one transfer, in each asset' },
    'per-day': { value: 'AMOUNT', about: 'the most that it sends on a day, by UTC, in each asset' },
    counter: {
      about: 'open /at/NAME: whoever comes there types what they pay the app, as at the counter of a shop',
    },
    until: { value: 'TIME', about: 'when it ends, like 2027-01-31 or 2027-01-31T18:00:00Z' },
  },
  json: '{"name":"shop","token":"pa_…"}',
  run: (call) =>
    withBooks(async (books) => {
      const [name = ''] = call.words
      const scope = await scopeIn(call, books)
      const made = await makeToken(books.db, name, scope, endIn(call.valueOf('until')))
      if (scope === 'all')
        process.stderr.write(
          `${name} can do all that the operator can, for everybody. Keep it like a password.\n`,
        )
      call.print(made, { name, token: made })
    }),
}

/** @throws UsageError */
async function scopeIn({ valueOf, isOn }: Call, books: Books): Promise<Scope | 'all'> {
  const may = (valueOf('may') ?? APP_VERBS.join()).split(',').map((verb) => verb.trim())
  const [whom, perTransfer, perDay] = [
    valueOf('for'),
    amountIn(valueOf, 'per-transfer'),
    amountIn(valueOf, 'per-day'),
  ]
  if (may.includes('all')) {
    if (may.length > 1 || isOn('counter') || (whom ?? perTransfer ?? perDay) !== undefined)
      throw new UsageError('--may all is all, for everybody: nothing else goes with it but --until.')
    return 'all'
  }
  const unknown = may.find((verb) => !VERBS.includes(verb as Verb))
  if (unknown !== undefined) throw new UsageError(`--may: "${unknown}" is none of ${VERBS.join(', ')}, all.`)
  if (isOn('counter') && !may.includes('ask'))
    throw new UsageError('--counter: at a counter the app asks, so --may has to have ask.')
  return {
    may: VERBS.filter((verb) => may.includes(verb)),
    whom: await whomIn(whom, books),
    perTransfer,
    perDay,
    ...(isOn('counter') && { counter: true }),
  }
}

async function whomIn(typed: string | undefined, { db }: Books): Promise<Whom> {
  if (typed === undefined) return { kind: 'own' }
  if (typed === 'everybody' || typed === 'sandbox') return { kind: typed }
  const chat = readKey(typed)
  if (!chat) {
    const [asset] = await db.select().from(assets).where(eq(assets.code, typed))
    if (asset) return { kind: 'everybody', asset: typed }
    throw new UsageError(
      `--for: "${typed}" is neither everybody, nor sandbox, nor an asset of these books, nor a group of the form MESSENGER:GROUP, like telegram:-1001234567890.`,
    )
  }
  const groups = openGroups(db)
  const group = await groups.find(chat.messenger, chat.id)
  if (!group) throw new UsageError(`--for: nobody has met the group ${typed} yet.`)
  return { kind: 'group', id: await groups.rootOf(group) }
}

function amountIn(valueOf: Call['valueOf'], flag: string): string | undefined {
  const typed = valueOf(flag)
  if (typed !== undefined && (!/^\d{1,24}(\.\d{1,18})?$/.test(typed) || /^[0.]+$/.test(typed)))
    throw new UsageError(`--${flag}: "${typed}" is no amount above zero, like 50 or 12.50.`)
  return typed
}

function endIn(typed: string | undefined): Date | null {
  if (typed === undefined) return null
  const isTime = isDay(typed) || /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(typed)
  const at = new Date(typed)
  if (!isTime || Number.isNaN(at.getTime()))
    throw new UsageError(`--until: "${typed}" is no time, like 2027-01-31 or 2027-01-31T18:00:00Z.`)
  if (at.getTime() <= Date.now()) throw new UsageError(`--until: ${typed} is over.`)
  return at
}
