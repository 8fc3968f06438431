import { ComponentType } from 'discord.js'

type Media = { url: string }

/** Any component of a message or a modal, with the fields of all of them: the schema has judged which are where. */
export type Component = {
  type: number
  id?: number | null
  custom_id?: string | null
  label?: string | null
  style?: number
  url?: string | null
  disabled?: boolean | null
  emoji?: { id?: string | null; name?: string | null } | null
  sku_id?: string | null
  content?: string
  description?: string | null
  placeholder?: string | null
  value?: string | null
  required?: boolean | null
  min_length?: number | null
  max_length?: number | null
  min_values?: number | null
  max_values?: number | null
  spoiler?: boolean | null
  accent_color?: number | null
  divider?: boolean | null
  spacing?: number | null
  options?: { label: string; value: string }[]
  components?: Component[]
  component?: Component
  accessory?: Component
  items?: { media: Media; description?: string | null; spoiler?: boolean | null }[]
  media?: Media
  file?: Media
}

export type Placed = { component: Component; path: PropertyKey[] }

/** Every component at any depth, in reading order, with its place in the body. */
export function everyComponent(
  components: Component[] | null | undefined,
  path: PropertyKey[] = ['components'],
): Placed[] {
  return (components ?? []).flatMap((component, i) => {
    const here = [...path, i]
    return [
      { component, path: here },
      ...everyComponent(component.components, [...here, 'components']),
      ...inside(component.accessory, [...here, 'accessory']),
      ...inside(component.component, [...here, 'component']),
    ]
  })
}

function inside(component: Component | undefined, path: PropertyKey[]): Placed[] {
  return component ? [{ component, path }] : []
}

/** The pictures and files that a component shows, with their alternative texts. */
export function mediaOf(component: Component): { url: string; description: string | undefined }[] {
  const single = component.media ?? component.file
  return [
    ...(component.items ?? []).map((item) => ({
      url: item.media.url,
      description: item.description ?? undefined,
    })),
    ...(single ? [{ url: single.url, description: component.description ?? undefined }] : []),
  ]
}

/** What a message says, a line for each text, label or picture: as a screen reader would tell it. */
export function linesOf(components: Component[]): string[] {
  return everyComponent(components).flatMap(({ component }) => {
    if (component.type === ComponentType.TextDisplay) return (component.content ?? '').split('\n')
    if (component.type === ComponentType.Button) return [`[${labelOf(component)}]`]
    if (component.type === ComponentType.StringSelect) return [`[${component.placeholder ?? 'Choose'} ▾]`]
    return mediaOf(component).map(({ description }) => `(picture: ${description ?? 'without description'})`)
  })
}

export function labelOf(button: Component): string {
  return [button.emoji?.name, button.label].filter(Boolean).join(' ')
}

/** Components as Discord hands them back: numbered, with its defaults, and media as addresses that can be fetched. */
export function asAnswered(components: Component[], addressOf: (url: string) => object): Component[] {
  const taken = new Set(everyComponent(components).map(({ component }) => component.id))
  let last = 0
  const next = () => {
    do last += 1
    while (taken.has(last))
    return last
  }
  const answered = (component: Component): Component => {
    const made: Component = { ...withDefaults(component), id: component.id || next() }
    if (component.components) made.components = component.components.map(answered)
    if (component.accessory) made.accessory = answered(component.accessory)
    const media = (each: Media) => addressOf(each.url) as Media
    if (component.media) made.media = media(component.media)
    if (component.file) made.file = media(component.file)
    if (component.items)
      made.items = component.items.map((item) => ({
        media: media(item.media),
        description: item.description ?? null,
        spoiler: item.spoiler ?? false,
      }))
    return made
  }
  return components.map(answered)
}

function withDefaults(component: Component): Component {
  const present = Object.fromEntries(
    Object.entries(component).filter(([, value]) => value !== null),
  ) as Component
  const spoiler = { spoiler: component.spoiler ?? false }
  if (component.type === ComponentType.Container)
    return { ...present, ...spoiler, accent_color: component.accent_color ?? null }
  if (component.type === ComponentType.Separator)
    return { ...present, spacing: component.spacing ?? 1, divider: component.divider ?? true }
  if (component.type === ComponentType.Thumbnail)
    return { ...present, ...spoiler, description: component.description ?? null }
  if (component.type === ComponentType.File) return { ...present, ...spoiler }
  if (component.type === ComponentType.StringSelect)
    return { ...present, min_values: component.min_values ?? 1, max_values: component.max_values ?? 1 }
  return present
}
