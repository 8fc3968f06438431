import { z } from 'zod'
import { secret, value } from '../../src/shared/settings.ts'
import type { Capabilities, Description } from '../description.ts'

export interface XmppSettings {
  /** The bot's address: `local@domain`. */
  local: string
  domain: string
  password: string
  /** Where the server is, if the domain's DNS doesn't say so: `xmpps://host:5223`. */
  service: string | undefined
  /** Rooms to be in, besides those to which the bot was invited. */
  rooms: string[]
}

const capabilities: Capabilities = {
  handles: false,
  named: 'address',
  redraw: 'always',
  buttons: false,
  language: 'en',
}

const ADDRESS = /^[^\s@/"&'<>:\p{Lu}]+@[^\s@/:\p{Lu}]+$/u
const Rooms = value
  .transform((list) => list.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(z.string().regex(ADDRESS, { error: 'must be rooms like lunch@conference.example.org' })))

export const xmpp: Description<XmppSettings> = {
  name: 'xmpp',
  needs: 'XMPP_ADDRESS',
  settings: z
    .object({
      XMPP_ADDRESS: value
        .regex(ADDRESS, { error: 'must be an account like passalong@example.org, in small letters' })
        .optional(),
      XMPP_PASSWORD: secret.optional(),
      XMPP_SERVICE: value
        .regex(/^(xmpps?|wss?):\/\/[^\s/]+/, {
          error: 'must be an address like xmpps://xmpp.example.org:5223',
        })
        .optional(),
      XMPP_ROOMS: Rooms.optional(),
    })
    .transform((set, issues) => {
      const {
        XMPP_ADDRESS: address,
        XMPP_PASSWORD: password,
        XMPP_SERVICE: service,
        XMPP_ROOMS: rooms = [],
      } = set
      if (!address) return undefined
      if (!password) {
        issues.addIssue({
          code: 'custom',
          path: ['XMPP_PASSWORD'],
          message: 'must be set, too: the password of XMPP_ADDRESS.',
        })
        return z.NEVER
      }
      const [local = '', domain = ''] = address.split('@')
      return { local, domain, password, service, rooms }
    }),
  capabilities,
  async create(options) {
    const { createXmpp } = await import('./run.ts')
    return createXmpp(options, capabilities)
  },
}
