import packageFile from '../../package.json' with { type: 'json' }
import { Refusal } from '../shared/refusal.ts'
import { type Command, readCall, UsageError } from './command.ts'
import { describeFailure } from './failure.ts'
import { helpOf, helpOfOne } from './help.ts'

/** Each command is imported only when it is called. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['issue', async () => (await import('./issue.ts')).issue],
  ['withdraw', async () => (await import('./issue.ts')).withdraw],
  ['find', async () => (await import('./find.ts')).find],
  ['people', async () => (await import('./people.ts')).people],
  ['balance', async () => (await import('./balance.ts')).balance],
  ['history', async () => (await import('./history.ts')).history],
  ['circulation', async () => (await import('./circulation.ts')).circulation],
  ['token', async () => (await import('./token.ts')).token],
  ['tokens', async () => (await import('./tokens.ts')).tokens],
  ['webhooks', async () => (await import('./webhooks.ts')).webhooks],
  ['operator-link', async () => (await import('./operator-link.ts')).operatorLink],
  ['audit', async () => (await import('./audit.ts')).auditCommand],
  ['backup', async () => (await import('./backup.ts')).backup],
  ['restore', async () => (await import('./restore.ts')).restore],
  ['replace-key', async () => (await import('./replace-key.ts')).replaceKey],
])

/** Runs a command: prints what it did, or in one line why it didn't. @returns the exit code */
export async function runCommandLine([name = '', ...args]: string[]): Promise<number> {
  const wantsJson = args.includes('--json')
  try {
    const load = COMMANDS.get(name)
    if (load) return await runCommand(name, await load(), args)
    if (name === '--version' && args.length === 0) write(`${packageFile.version}\n`)
    else if (name === '--help' && args.length === 0) write(helpOf(await loadAll()))
    else throw new UsageError(reasonWhyNone(name, args))
    return 0
  } catch (error) {
    const { code, message } = describeFailure(error)
    process.stderr.write(`${message}\n`)
    if (error instanceof UsageError || error instanceof Refusal)
      process.stderr.write(`passalong ${COMMANDS.has(name) ? `${name} ` : ''}--help tells how it goes.\n`)
    if (wantsJson) write(`${JSON.stringify({ error: { code, message } })}\n`)
    return 2
  }
}

async function runCommand(name: string, command: Command, args: string[]): Promise<number> {
  const call = readCall(command, args)
  if (call.isOn('help')) {
    write(helpOfOne(name, command))
    return 0
  }
  const print = (text: string, data: object) => write(`${call.isOn('json') ? JSON.stringify(data) : text}\n`)
  return (await command.run({ ...call, print })) ?? 0
}

function reasonWhyNone(name: string, args: string[]): string {
  if (name === '') return `A command is missing: ${[...COMMANDS.keys()].join(', ')}.`
  if (name === '--version' || name === '--help') return `"${args[0]}" is one word too many.`
  return `"${name}" is no command. There are: ${[...COMMANDS.keys()].join(', ')}.`
}

async function loadAll(): Promise<Map<string, Command>> {
  return new Map(await Promise.all([...COMMANDS].map(async ([name, load]) => [name, await load()] as const)))
}

const write = (text: string) => void process.stdout.write(text)
