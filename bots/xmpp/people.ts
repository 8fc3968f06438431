import type { Person } from '../messenger.ts'
import { bare } from './stanzas.ts'

/** Somebody by their address, with the name by which they are known where they write. */
export const personOf = (address: string, name?: string): Person => ({
  messenger: 'xmpp',
  id: address,
  handle: null,
  name: name || localOf(address),
})

/** The part of an address before the `@`. */
const localOf = (address: string): string => address.split('@', 1)[0] ?? ''

/** An address among words, with the forms in which people write it: `ben@example.org`, `@ben@example.org`, `xmpp:ben@example.org`. */
const ADDRESS = /(?<!\S)(?:xmpp:|@)?([^\s@/:"'<>&,;]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?)/giu

/** The people whose addresses stand in some words, each by what is typed there. */
export const addressedIn = (words: string, own: string): Map<string, Person | 'bot'> =>
  new Map(
    [...words.matchAll(ADDRESS)].map(([typed, address = '']) => {
      const id = bare(address).toLowerCase()
      return [typed, id === own ? 'bot' : personOf(id)]
    }),
  )

/**
 * Those in a room, each by `@` and their name there. Where names differ in capitals alone none of them is meant: the bot asks.
 * The longest come first, as one name may begin like another.
 */
export function namedIn(names: [name: string, who: Person | 'bot'][]): Map<string, Person | 'bot'> {
  const alike = Map.groupBy(names, ([name]) => name.toLowerCase())
  return new Map(
    [...alike.values()]
      .flatMap(([only, ...others]) => (only && others.length === 0 ? [only] : []))
      .toSorted(([one], [another]) => another.length - one.length)
      .map(([name, who]) => [`@${name}`, who]),
  )
}
