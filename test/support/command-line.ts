import { Readable } from 'node:stream'
import { vi } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'

/** Calls the command line in this process, one call at a time: a process of its own for each costs a second. */
export function commandLine(settings: Record<string, string>) {
  async function call(words: string[], input: string | Buffer = '') {
    const told = { out: '', error: '' }
    const catching = (stream: 'out' | 'error') => (text: unknown) => {
      told[stream] += String(text)
      return true
    }
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
    const standIns = [
      vi.spyOn(process.stdout, 'write').mockImplementation(catching('out')),
      vi.spyOn(process.stderr, 'write').mockImplementation(catching('error')),
      vi
        .spyOn(process, 'stdin', 'get')
        .mockReturnValue(
          Readable.from([Buffer.isBuffer(input) ? input : Buffer.from(input)]) as typeof process.stdin,
        ),
    ]
    try {
      return { code: await runCommandLine(words), ...told }
    } finally {
      for (const one of standIns) one.mockRestore()
      vi.unstubAllEnvs()
    }
  }
  return {
    call,
    /** What it prints with `--json`. */
    async json<T>(words: string[], input?: string): Promise<T> {
      const { out, error } = await call([...words, '--json'], input)
      if (error) throw new Error(error)
      return JSON.parse(out)
    },
  }
}
