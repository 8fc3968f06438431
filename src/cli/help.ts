import { COMMON_FLAGS, type Command } from './command.ts'

/** The help of the command line. */
export function helpOf(commands: Map<string, Command>): string {
  const lines = [...commands].map(([name, { words, about }]) => [[name, ...words].join(' '), about] as const)
  return `${[
    'Usage: passalong COMMAND',
    '',
    ...aligned(lines),
    '',
    ...aligned([
      ['COMMAND --help', 'how a command goes'],
      ['--version', 'of this installation'],
    ]),
    '',
    'They use the settings of the installation (the environment, and its .env), and books that are there already,',
    'beside a running service or without one.',
    'Exit codes: 0 done; 1 the books are wrong; 2 it could not be done, and the first line on stderr says why.',
  ].join('\n')}\n`
}

/** The help of one command. */
export function helpOfOne(name: string, { words, about, details, flags, json }: Command): string {
  const lines = Object.entries({ ...flags, ...COMMON_FLAGS }).map(
    ([flag, { value, about }]) => [`--${flag}${value ? ` ${value}` : ''}`, about] as const,
  )
  return `${[
    `Usage: passalong ${[name, ...words].join(' ')}`,
    '',
    about,
    ...details,
    '',
    ...aligned(lines),
    '',
    `With --json: ${json}`,
    'What could not be done: {"error":{"code":"insufficient_funds","message":"…"}}',
  ].join('\n')}\n`
}

function aligned(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length))
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
