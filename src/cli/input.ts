import { UsageError } from './command.ts'

/** All that comes by the standard input. @throws UsageError where it is no text */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new UsageError('The standard input is not text in UTF-8.')
  }
}
