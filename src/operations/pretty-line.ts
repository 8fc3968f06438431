/** Formats a log line, given as JSON, for a terminal: time, level, message, details, errors. */
export function prettyLine(line: string): string {
  const { level, time, msg, err, ...details } = JSON.parse(line) as Line
  const words = [new Date(time).toTimeString().slice(0, 8)]
  if (level !== 'info') words.push(level.toUpperCase())
  if (msg) words.push(withoutControls(msg))
  for (const [name, value] of Object.entries(details)) words.push(`${name}=${JSON.stringify(value)}`)
  const failures = typeof err === 'object' ? failuresOf(err) : [err ?? '']
  return [words.join(' '), ...failures.filter(Boolean).map(withoutControls)].join('\n    ').concat('\n')
}

interface Line {
  level: string
  time: string
  msg?: string
  err?: Failure | string
}

/** An error, as the log's serializer writes it. */
interface Failure {
  type?: string
  code?: string
  message?: string
  stack?: string
  cause?: Failure | string
}

function failuresOf({ type, code, message, stack = '', cause }: Failure): string[] {
  const head = `${[type, code].filter(Boolean).join(' ')}: ${message}`
  const causes = typeof cause === 'object' ? failuresOf(cause) : [cause ?? '']
  return [head, ...stack.split('\n').map((line) => line.trim()), ...causes]
}

/** Control characters in foreign text could command the terminal. */
const withoutControls = (text: string) => text.replaceAll(/\p{Cc}/gu, ' ')
