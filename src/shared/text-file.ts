import { readFileSync } from 'node:fs'

/**
 * Reads a text file, without the byte order mark that some editors put before it.
 * @throws TypeError where it isn't UTF-8, NodeJS.ErrnoException where it can't be read
 */
export const readTextFile = (file: string): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
