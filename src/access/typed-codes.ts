import { hash, randomBytes } from 'node:crypto'

/** Crockford's base 32: no letter in it is taken for another one, or for a digit. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 80 bits: within the ten minutes for which a code is good nobody comes near it by guessing. */
const LENGTH = 16

/** For how long such a code is good. */
export const TYPED_CODE_SECONDS = 600

/** Makes a code that people can type: `4K7Q-…`. Only its hash is to be stored. */
export function makeTypedCode(): { code: string; hash: Buffer } {
  const letters = [...randomBytes(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return { code: letters.replace(/.{4}(?=.)/g, '$&-'), hash: hashOf(letters) }
}

/** @param typed in letters of any case, with or without dashes */
export const typedCodeHash = (typed: string): Buffer =>
  hashOf(typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1'))

const hashOf = (letters: string) => hash('sha256', letters, 'buffer')
