// What crosses the wire between the bot and the fake.

/**
 * A JSON object of the Bot API. Its fields are `any`, because schema.ts has held what the bot sent against the
 * official description before anything reads it.
 */
export type Json = Record<string, any>

export interface ApiUser {
  id: number
  is_bot: boolean
  first_name: string
  last_name?: string
  username?: string
  language_code?: string
}

/** A refusal as Telegram words it: `{ ok: false, error_code, description, parameters? }`. */
export class ApiError extends Error {
  readonly status: number
  readonly parameters: Json | undefined

  constructor(status: number, description: string, parameters?: Json) {
    super(description)
    this.status = status
    this.parameters = parameters
  }
}

export function badRequest(reason: string): ApiError {
  return new ApiError(400, `Bad Request: ${reason}`)
}
