import type { Breach } from './schema.ts'

const known: Record<number, [status: 400 | 401 | 403 | 404, message: string]> = {
  10003: [404, 'Unknown Channel'],
  10004: [404, 'Unknown Guild'],
  10007: [404, 'Unknown Member'],
  10008: [404, 'Unknown Message'],
  10013: [404, 'Unknown User'],
  10015: [404, 'Unknown Webhook'],
  10062: [404, 'Unknown interaction'],
  10063: [404, 'Unknown application command'],
  40060: [400, 'Interaction has already been acknowledged.'],
  40094: [400, 'This interaction has hit the maximum number of follow up messages'],
  50001: [403, 'Missing Access'],
  50003: [403, 'Cannot execute action on a DM channel'],
  50005: [403, 'Cannot edit a message authored by another user'],
  50006: [400, 'Cannot send an empty message'],
  50007: [403, 'Cannot send messages to this user'],
  50013: [403, 'Missing Permissions'],
  50027: [401, 'Invalid Webhook Token'],
  50278: [403, 'Cannot send messages to this user due to having no mutual guilds'],
}

/** An answer of Discord's that says no: `{code, message, errors?}` with its status. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404
  readonly code: number
  readonly breaches: Breach[]

  constructor(code: number, breaches: Breach[] = []) {
    const [status, message] =
      code === 50035 ? ([400, 'Invalid Form Body'] as const) : (known[code] ?? [400, ''])
    super(message)
    this.status = status
    this.code = code
    this.breaches = breaches
  }

  body(): object {
    const errors = {}
    for (const { path, code, message } of this.breaches) {
      let node: Record<PropertyKey, unknown> = errors
      for (const key of path) node = (node[key] ??= {}) as Record<PropertyKey, unknown>
      const list = (node._errors ??= []) as object[]
      list.push({ code: code ?? 'BASE_TYPE_INVALID', message })
    }
    return this.breaches.length > 0
      ? { message: this.message, code: this.code, errors }
      : { message: this.message, code: this.code }
  }
}

/** Throws Discord's 50035 where there is any breach; `within` is where in the body it was looked for. */
export function refuseBreaches(breaches: Breach[], within: PropertyKey[] = []): void {
  if (breaches.length === 0) return
  throw new ApiError(
    50035,
    breaches.map((breach) => ({ ...breach, path: [...within, ...breach.path] })),
  )
}
