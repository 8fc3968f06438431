import type { Context } from 'hono'
import type { Logger } from 'pino'

/** The kinds of files that are exported, by their ending. */
const TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl; charset=utf-8' }

/**
 * Answers a file to be saved, of any size: it is sent as it is made. Where that fails midway, the connection breaks, so that
 * nobody takes a part for the whole.
 * @param name with the ending that says what it is
 */
export function answerFile(
  c: Context,
  log: Logger,
  name: `${string}.${keyof typeof TYPES}`,
  pieces: AsyncIterable<string>,
): Response {
  const ending = name.split('.').at(-1) as keyof typeof TYPES
  return c.body(ReadableStream.from(watched(log, pieces)).pipeThrough(new TextEncoderStream()), 200, {
    'Content-Type': TYPES[ending],
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  })
}

const BROKEN_OFF = 'a file that is being exported broke off'

async function* watched(log: Logger, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* pieces
  } catch (error) {
    log.error({ err: error }, BROKEN_OFF)
    // The server prints what it is thrown, and the message of a failed query holds parameters.
    throw new Error(BROKEN_OFF)
  }
}
