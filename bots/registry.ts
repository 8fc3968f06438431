import type { MessengerName } from '../src/shared/person-ids.ts'
import type { Description } from './description.ts'
import { dingtalk } from './dingtalk/index.ts'
import { discord } from './discord/index.ts'
import { feishu } from './feishu/index.ts'
import { line } from './line/index.ts'
import { matrix } from './matrix/index.ts'
import { playground } from './playground/index.ts'
import { qq } from './qq/index.ts'
import { slack } from './slack/index.ts'
import { telegram } from './telegram/index.ts'
import { wechat } from './wechat/index.ts'
import { wecom } from './wecom/index.ts'
import { xmpp } from './xmpp/index.ts'

/**
 * The messengers of this service. Each needs an entry in `src/shared/person-ids.ts`, too, which the type asks for: the command
 * line checks whom it issues to without loading the bots, so the form of ids can't come from the descriptions.
 */
export const messengers: readonly Description[] = Object.values({
  telegram,
  discord,
  xmpp,
  dingtalk,
  feishu,
  line,
  slack,
  wecom,
  wechat,
  qq,
  matrix,
  playground,
} satisfies Record<MessengerName, Description>)
