import { LRUCache } from 'lru-cache'
import { type Logger, type LoggerOptions, pino } from 'pino'
import { causeOfOutage } from '../../db/unavailable.ts'
import { prettyLine } from './pretty-line.ts'

/** What must never reach a log: bearer tokens, codes in links, bot tokens, and passwords in database URLs. */
const SECRETS: [RegExp, string][] = [
  [/\bpa_[\w-]{20,}/g, 'pa_…'],
  [/\/c\/[\w-]{22,}/g, '/c/…'],
  [/\b(start[= ]|collect |Bearer )[\w-]{16,}/gi, '$1…'],
  [/(?<!\d)\d{6,}:[\w-]{30,}/g, '…'],
  [/:\/\/([^:/\s"]*):[^\s"]+@/g, '://$1:…@'],
  [/"(ticket|token|secretKey|phrase|words|password|authorization|cookie)":"(?:[^"\\]|\\.)*"/gi, '"$1":"…"'],
  // A transfer's code; an error's code is in capitals.
  [/"code":"(?![A-Z_]+")[\w-]{22,}"/g, '"code":"…"'],
]

const redact = (text: string): string =>
  SECRETS.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text)

const destination = (write: (line: string) => void) => ({ write: (line: string) => write(redact(line)) })

const toStdout = (line: string) => void process.stdout.write(process.stdout.isTTY ? prettyLine(line) : line)

/** Opens the log: lines of JSON without secrets; on a terminal, lines for people. @param write writes one line */
export const openLog = (write = toStdout): Logger =>
  pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: withoutParameters },
      hooks: { logMethod: withoutRepeatedOutages() },
    },
    destination(write),
  )

/** Logs an outage of the database once, as every query fails with it until it is over. */
function withoutRepeatedOutages(): LogMethod {
  const reported = new LRUCache<string, true>({ max: 100, ttl: OUTAGE_OVER_MS, updateAgeOnHas: true })
  return function (parameters, method) {
    const cause = outageIn(parameters[0])
    if (cause !== undefined && reported.has(cause)) return
    if (cause !== undefined) reported.set(cause, true)
    method.apply(this, parameters)
  }
}

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>

/** After this long without a failure the next one counts as a new outage. */
const OUTAGE_OVER_MS = 60_000

function outageIn(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('err' in details)) return undefined
  const err = asError(details.err)
  // Bots get it as a problem document from the API.
  if (err instanceof Error && 'code' in err && err.code === 'unavailable') return 'unavailable'
  const cause = causeOfOutage(err)
  // A broken connection shows in several error codes at once. An SQLSTATE, of those that count here, begins with a digit.
  return cause === undefined || /^\d/.test(cause) ? cause : 'connection'
}

/** Leaves out an error's query and parameters, which hold what people wrote. */
function withoutParameters(given: unknown): unknown {
  const error = asError(given)
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? undefined : withoutParameters(error.cause)
  const { name, code } = error as Error & { code?: unknown }
  const quoted = name === 'DrizzleQueryError' || 'query' in error
  const stack = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
  return {
    type: name,
    code,
    message: quoted && cause ? 'A query failed.' : error.message.split('\n')[0],
    stack,
    cause,
  }
}

/** pg-boss tells of some errors by plain objects with what these have. */
const asError = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && !(given instanceof Error) && 'message' in given
    ? Object.assign(new Error(String(given.message)), given)
    : given
