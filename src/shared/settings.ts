import { z } from 'zod'

/**
 * The value of an environment variable, bare: line breaks and blanks come along when a value is copied, quotes where
 * nothing takes them off, as with `docker --env-file`.
 */
export const value = z.string().refine((text) => !/^[\s"'`]|[\s"'`]$|[\r\n]/.test(text), {
  error: 'has a blank, a line break or a quote too many: write the bare value',
  abort: true,
})

/** Where addresses of ours begin: a web address without a slash at its end, as what follows is put behind it. */
export const root = (example: string) =>
  value
    .refine((text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol), {
      error: `must be an address like ${example}`,
    })
    .transform((text) => text.replace(/\/+$/, ''))
    .refine((text) => /^https?:\/\/[^\s?#@\\]+$/.test(text), {
      error: `must be an address like ${example}, without a blank, a user, a query or a fragment`,
    })
