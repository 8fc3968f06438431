import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { installFromDebian } from './debian.ts'

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')
const instruction = (name: string) => new RegExp(`^${name} (.+)$`, 'm').exec(dockerfile)?.[1] ?? ''

/** What the image of the Dockerfile starts, and in which environment. */
export const image = {
  entrypoint: JSON.parse(instruction('ENTRYPOINT')) as string[],
  command: JSON.parse(instruction('CMD')) as string[],
  environment: Object.fromEntries(
    instruction('ENV')
      .split(' ')
      .map((pair) => pair.split('=')),
  ) as Record<string, string>,
}

/** Debian's packages of the image, of which its base has none. */
export const packages = ['libnss-wrapper', 'tini']

export function have(program: string, ...words: string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export const havePackages = () => have('dpkg', '--status', ...packages)

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (havePackages()) return
  installFromDebian(
    packages,
    `NO IMAGE: the test of the image's file system is SKIPPED. Install ${packages.join(' and ')}.`,
  )
}
