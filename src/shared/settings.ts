import { z } from 'zod'

/**
 * The bare value of an environment variable. Copying a value brings line breaks and blanks along, and `docker --env-file`
 * leaves quotes on.
 */
export const value = z.string().refine((text) => !/^[\s"'`]|[\s"'`]$|[\r\n]/.test(text), {
  error: 'has a blank, a line break or a quote too many: write the bare value',
  abort: true,
})

/** A URL that paths are appended to: without a slash at its end. */
export const root = (example: string) =>
  value
    .refine((text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol), {
      error: `must be an address like ${example}`,
    })
    .transform((text) => text.replace(/\/+$/, ''))
    .refine((text) => /^https?:\/\/[^\s?#@\\]+$/.test(text), {
      error: `must be an address like ${example}, without a blank, a user, a query or a fragment`,
    })
