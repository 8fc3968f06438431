import { vi } from 'vitest'

/** Waits until there is something. */
export const until = <T>(found: () => T): Promise<NonNullable<T>> =>
  vi.waitUntil(found, { timeout: 20_000, interval: 20 }) as Promise<NonNullable<T>>

/** Does something, and waits for what comes to a list by it. */
export async function next<T>(list: () => T[], act: () => unknown): Promise<NonNullable<T>> {
  const before = list().length
  await act()
  return until(() => list()[before])
}
