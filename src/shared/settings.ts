import { z } from 'zod'

/**
 * The bare value of an environment variable. Copying a value brings line breaks and blanks along, and `docker --env-file`
 * leaves quotes on.
 */
export const value = z.string().refine((text) => !/^[\s"'`]|[\s"'`]$|[\r\n]/.test(text), {
  error: 'has a blank, a line break or a quote too many: write the bare value',
  abort: true,
})

/** The bare value of a variable that holds a secret: whoever doesn't want it in the environment names a file, in `NAME_FILE`. */
export const secret = value.meta({ isSecret: true })

/** Names of the variables that hold a secret, of an object's schema or what is made of one. */
export function secretsOf(settings: z.ZodType): string[] {
  if (settings instanceof z.ZodPipe) return secretsOf(settings.in as z.ZodType)
  if (!(settings instanceof z.ZodObject)) return []
  return Object.keys(settings.shape).filter((name) => isSecret(settings.shape[name]))
}

const isSecret = (field: z.ZodType): boolean =>
  field instanceof z.ZodOptional || field instanceof z.ZodDefault
    ? isSecret(field.unwrap() as z.ZodType)
    : field.meta()?.isSecret === true

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
