/** What Discord refuses although its OpenAPI document lets it through. Sources: docs.discord.com and its answers. */
import { ApplicationCommandType, ButtonStyle, ComponentType, Locale, MessageFlags } from 'discord.js'
import { type Component, everyComponent, mediaOf, type Placed } from './components.ts'
import type { Breach } from './schema.ts'

type Embed = { [field: string]: unknown }

/** The body of a message as it is sent: created, edited, or in the answer to an interaction. */
export type MessageBody = {
  content?: string | null
  embeds?: Embed[] | null
  components?: Component[] | null
  attachments?: { id: string; filename?: string | null; description?: string | null }[] | null
  allowed_mentions?: AllowedMentions | null
  flags?: number | null
  poll?: object | null
  sticker_ids?: string[] | null
  tts?: boolean | null
  message_reference?: { message_id: string } | null
}
export type AllowedMentions = {
  parse?: string[] | null
  users?: string[] | null
  roles?: string[] | null
  replied_user?: boolean | null
}
/** What an edit finds: the message as it is now. */
export type Before = { content: string; flags: number; attachments: { id: string; filename: string }[] }

export type CommandBody = {
  name: string
  type?: number | null
  description?: string | null
  name_localizations?: Record<string, string> | null
  description_localizations?: Record<string, string> | null
  options?: CommandOption[] | null
  integration_types?: number[] | null
  contexts?: number[] | null
  default_member_permissions?: string | number | null
}
export type CommandOption = {
  type: number
  name: string
  description: string
  name_localizations?: Record<string, string> | null
  description_localizations?: Record<string, string> | null
  required?: boolean | null
  autocomplete?: boolean | null
  choices?: { name: string; value: string | number }[] | null
  options?: CommandOption[] | null
  min_length?: number | null
  max_length?: number | null
  min_value?: number | null
  max_value?: number | null
}

export function breachesOfMessage(body: MessageBody, files: string[], before?: Before): Breach[] {
  const placed = everyComponent(body.components)
  const flags = (body.flags ?? 0) | (before?.flags ?? 0)
  return [
    ...breachesOfContent(body, Boolean(flags & MessageFlags.IsComponentsV2), before),
    ...breachesOfLayout(body, placed, Boolean(flags & MessageFlags.IsComponentsV2)),
    ...breachesOfIds(placed),
    ...placed.flatMap(({ component, path }) => breachesOfComponent(component, path)),
    ...breachesOfFiles(body, placed, files, before),
    ...breachesOfMentions(body.allowed_mentions),
  ]
}

function breachesOfContent(body: MessageBody, v2: boolean, before?: Before): Breach[] {
  const breaches: Breach[] = []
  if ((body.content?.length ?? 0) > 2000)
    breaches.push({
      path: ['content'],
      message: 'must be 2000 or fewer in length',
      code: 'BASE_TYPE_MAX_LENGTH',
    })
  if (!v2) return breaches
  const code = 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2'
  for (const field of ['content', 'embeds', 'poll', 'sticker_ids'] as const) {
    const value = body[field]
    if (Array.isArray(value) ? value.length > 0 : value)
      breaches.push({ path: [field], message: `cannot be used with the flag IS_COMPONENTS_V2`, code })
  }
  if (before?.content && body.content === undefined)
    breaches.push({ path: ['content'], message: 'must be set to null when IS_COMPONENTS_V2 is added', code })
  return breaches
}

function breachesOfLayout(body: MessageBody, placed: Placed[], v2: boolean): Breach[] {
  const path = ['components']
  if (!v2) {
    const others = (body.components ?? []).filter(({ type }) => type !== ComponentType.ActionRow)
    if (others.length > 0)
      return [{ path, message: `type ${others[0]?.type} needs the flag IS_COMPONENTS_V2` }]
    return (body.components?.length ?? 0) > 5 ? [{ path, message: 'must be 5 or fewer in length' }] : []
  }
  const breaches: Breach[] = []
  if (placed.length > 40)
    breaches.push({ path, message: `the message has ${placed.length} components, 40 are the most` })
  const texts = placed.filter(({ component }) => component.type === ComponentType.TextDisplay)
  const length = texts.reduce((sum, { component }) => sum + (component.content?.length ?? 0), 0)
  if (length > 4000)
    breaches.push({ path, message: `its texts have ${length} characters, 4000 are the most` })
  return breaches
}

function breachesOfIds(placed: Placed[]): Breach[] {
  return (['custom_id', 'id'] as const).flatMap((field) => {
    const seen = new Set<unknown>()
    return placed.flatMap(({ component, path }) => {
      const id = component[field]
      if (!id) return []
      if (!seen.has(id)) return seen.add(id) && []
      return [{ path: [...path, field], message: 'is already used', code: 'COMPONENT_CUSTOM_ID_DUPLICATED' }]
    })
  })
}

function breachesOfComponent(component: Component, path: PropertyKey[]): Breach[] {
  if (component.type === ComponentType.Button) return breachesOfButton(component, path)
  if (component.type === ComponentType.ActionRow) {
    const types = new Set((component.components ?? []).map(({ type }) => type))
    const onlyButtons = types.size === 1 && types.has(ComponentType.Button)
    if (!onlyButtons && component.components?.length !== 1)
      return [{ path, message: 'a row holds up to 5 buttons, or one select' }]
  }
  return mediaOf(component)
    .filter(({ url }) => !/^(https?|attachment):\/\//.test(url))
    .map(() => ({ path, message: 'media must be http, https or attachment addresses' }))
}

function breachesOfButton(button: Component, path: PropertyKey[]): Breach[] {
  const wants =
    button.style === ButtonStyle.Link ? 'url' : button.style === ButtonStyle.Premium ? 'sku_id' : 'custom_id'
  const breaches: Breach[] = []
  for (const field of ['url', 'sku_id', 'custom_id'] as const) {
    if (field === wants && !button[field])
      breaches.push({ path: [...path, field], message: `is required for style ${button.style}` })
    if (field !== wants && button[field])
      breaches.push({ path: [...path, field], message: `does not go with style ${button.style}` })
  }
  if (wants !== 'sku_id' && !button.label && !button.emoji)
    breaches.push({ path, message: 'a button has a label or an emoji' })
  if (button.url) breaches.push(...breachesOfLink(button.url, [...path, 'url']))
  return breaches
}

function breachesOfLink(link: string, path: PropertyKey[]): Breach[] {
  const { protocol, hostname } = new URL(link)
  if (!['http:', 'https:', 'discord:'].includes(protocol))
    return [{ path, message: 'scheme must be http, https or discord', code: 'URL_TYPE_INVALID_SCHEME' }]
  // Hosts without a dot, such as localhost, are refused (bugsink/bugsink#280, unraid/webgui#1153).
  if (protocol !== 'discord:' && !/[.:]/.test(hostname))
    return [{ path, message: 'Not a well formed URL.', code: 'URL_TYPE_INVALID_URL' }]
  return []
}

function breachesOfFiles(body: MessageBody, placed: Placed[], files: string[], before?: Before): Breach[] {
  const kept =
    before?.attachments.filter(({ id }) => body.attachments?.some((each) => each.id === id) ?? true) ?? []
  const renamed = (body.attachments ?? []).flatMap(({ filename }) => filename ?? [])
  const names = new Set([...files, ...renamed, ...kept.map(({ filename }) => filename)])
  const used: { url: string; path: PropertyKey[] }[] = [
    ...placed.flatMap(({ component, path }) => mediaOf(component).map(({ url }) => ({ url, path }))),
    ...attachmentsIn(body.embeds ?? [], ['embeds']),
  ]
  const missing = used
    .filter(({ url }) => url.startsWith('attachment://') && !names.has(url.slice('attachment://'.length)))
    .map(({ url, path }) => ({ path, message: `${url} names no uploaded file` }))
  const strangers = (body.attachments ?? []).flatMap(({ id }, i) =>
    Number(id) < files.length || before?.attachments.some((each) => each.id === id)
      ? []
      : [
          {
            path: ['attachments', i, 'id'],
            message: 'is neither files[n] nor an attachment of this message',
          },
        ],
  )
  return [...missing, ...strangers]
}

function attachmentsIn(value: unknown, path: PropertyKey[]): { url: string; path: PropertyKey[] }[] {
  if (typeof value === 'string') return value.startsWith('attachment://') ? [{ url: value, path }] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => attachmentsIn(inner, [...path, key]))
}

function breachesOfMentions(allowed: AllowedMentions | null | undefined): Breach[] {
  return (['users', 'roles'] as const)
    .filter((kind) => allowed?.parse?.includes(kind) && (allowed[kind]?.length ?? 0) > 0)
    .map((kind) => ({ path: ['allowed_mentions', kind], message: `excludes "${kind}" in parse` }))
}

/** https://docs.discord.com/developers/interactions/application-commands */
export function breachesOfCommand(command: CommandBody, path: PropertyKey[] = []): Breach[] {
  if ((command.type ?? ApplicationCommandType.ChatInput) !== ApplicationCommandType.ChatInput)
    return [
      ...(command.description
        ? [{ path: [...path, 'description'], message: 'must be empty for a menu' }]
        : []),
      ...(command.options?.length ? [{ path: [...path, 'options'], message: 'a menu has no options' }] : []),
    ]
  const size = sizeOf(command)
  return [
    ...breachesOfNames(command, path),
    ...(command.description
      ? []
      : [{ path: [...path, 'description'], message: 'must be 1 to 100 in length' }]),
    ...breachesOfOptions(command.options ?? [], [...path, 'options']),
    ...(size > 8000 ? [{ path, message: `the command has ${size} characters, 8000 are the most` }] : []),
  ]
}

const commandName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u

type Named = Pick<CommandBody, 'name' | 'name_localizations' | 'description_localizations'>

function breachesOfNames(named: Named, path: PropertyKey[]): Breach[] {
  const names: [PropertyKey[], string][] = [
    [[...path, 'name'], named.name],
    ...Object.entries(named.name_localizations ?? {}).map(([locale, name]): [PropertyKey[], string] => [
      [...path, 'name_localizations', locale],
      name,
    ]),
  ]
  const invalid = names
    .filter(([, name]) => !commandName.test(name) || name !== name.toLowerCase())
    .map(([at]) => ({ path: at, message: 'name is invalid', code: 'APPLICATION_COMMAND_INVALID_NAME' }))
  return [...invalid, ...breachesOfLocales(named, path)]
}

const locales: string[] = Object.values(Locale)

function breachesOfLocales(named: Named, path: PropertyKey[]): Breach[] {
  return (['name_localizations', 'description_localizations'] as const).flatMap((field) =>
    Object.keys(named[field] ?? {})
      .filter((locale) => !locales.includes(locale))
      .map((locale) => ({ path: [...path, field, locale], message: 'is no locale of Discord' })),
  )
}

function breachesOfOptions(options: CommandOption[], path: PropertyKey[]): Breach[] {
  return options.flatMap((option, i) => {
    const here = [...path, i]
    const breaches = breachesOfNames(option, here)
    if (options.slice(0, i).some(({ name }) => name === option.name))
      breaches.push({ path: [...here, 'name'], message: 'is already used' })
    if (option.required && options.slice(0, i).some(({ required }) => !required))
      breaches.push({ path: here, message: 'required options must be placed before non-required options' })
    if (option.autocomplete && option.choices?.length)
      breaches.push({ path: [...here, 'choices'], message: 'does not go with autocomplete' })
    return [...breaches, ...breachesOfOptions(option.options ?? [], [...here, 'options'])]
  })
}

function sizeOf({ name, description, options, ...rest }: CommandBody | CommandOption): number {
  const choices = ('choices' in rest ? (rest.choices ?? []) : []).map(
    (c) => c.name.length + String(c.value).length,
  )
  const inner = (options ?? []).map(sizeOf)
  return [name.length, description?.length ?? 0, ...choices, ...inner].reduce(
    (sum, length) => sum + length,
    0,
  )
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding (1 to 5 components) */
export function breachesOfModal(modal: { components: Component[] }): Breach[] {
  const placed = everyComponent(modal.components)
  const path = ['components']
  const breaches = breachesOfIds(placed)
  if (modal.components.length > 5) breaches.push({ path, message: 'must be between 1 and 5 in length' })
  for (const { component, path: at } of placed) {
    if (component.disabled) breaches.push({ path: [...at, 'disabled'], message: 'is not for modals' })
    if (component.type !== ComponentType.TextInput) continue
    const labelled = at.at(-1) === 'component'
    if (labelled === Boolean(component.label))
      breaches.push({
        path: [...at, 'label'],
        message: 'a text input has its label here, or in the Label around it',
      })
    if ((component.min_length ?? 0) > (component.max_length ?? 4000))
      breaches.push({ path: [...at, 'min_length'], message: 'is greater than max_length' })
    if ((component.value?.length ?? 0) > (component.max_length ?? 4000))
      breaches.push({ path: [...at, 'value'], message: 'is longer than max_length' })
  }
  return breaches
}
