import type { APIMethods } from '@gramio/types'
import type { TSType } from 'oxc-parser'
import { type Declaration, Declarations, type Member, nameOf } from '../declarations.ts'

/** The Bot API as its official page describes it, word for word; types are named as there (`Array of Integer`). */
export interface TelegramSpec {
  methods: Record<keyof APIMethods, Entry> & Record<string, Entry>
  types: Record<string, Entry>
}

export interface Entry {
  name: string
  description: string
  fields?: Field[]
  returns?: string[]
  subtypes?: string[]
}

export interface Field {
  name: string
  types: string[]
  required: boolean
  description: string
  /** The only texts that it may be. */
  choices?: string[]
}

const objects = new Declarations('@gramio/types/out/objects.d.ts').all
const params = new Declarations('@gramio/types/out/params.d.ts').all
const methods = new Declarations('@gramio/types/out/methods.d.ts').all.get('APIMethods')?.members ?? []

/** The package says `number` for both kinds. Source: core.telegram.org/bots/api, where these are Float. */
const FLOATS =
  /\.(latitude|longitude|horizontal_accuracy|temperature|scale|[xy]_shift|\w+_percentage|\w+_frame_timestamp)$|^InputStoryContentVideo\.duration$|^StoryAreaPosition\.rotation_angle$/

/** The package leaves these out. Source: core.telegram.org/bots/api#richtext */
const MORE_SUBTYPES: Record<string, string[]> = { RichText: ['String', 'Array of RichText'] }

const LITERALS: Record<string, string> = { number: 'Integer', boolean: 'Boolean' }

export const telegramSpec = {
  methods: Object.fromEntries(methods.map((method) => [method.name, methodOf(method)])),
  types: Object.fromEntries(
    [...objects]
      .filter(([name, { members, type }]) => /^Telegram(?!API)/.test(name) && (members || !choicesOf(type)))
      .map(([name, declaration]) => [plain(name), typeOf(plain(name), declaration)]),
  ),
} as TelegramSpec

function methodOf({ name, type, says }: Member): Entry {
  const call = type as TSType & { type: 'TSTypeReference' }
  const [first, second] = call.typeArguments?.params ?? []
  const taken = second && first ? referenced(first)?.members : undefined
  return {
    name,
    description: prose(says),
    ...(taken && { fields: taken.map((member) => fieldOf(name, member)) }),
    returns: typesOf((second ?? first) as TSType),
  }
}

function typeOf(name: string, { members, type, says }: Declaration): Entry {
  return {
    name,
    description: prose(says),
    ...(members && { fields: members.map((member) => withoutFile(fieldOf(name, member))) }),
    ...(type && name !== 'InputFile' && { subtypes: [...typesOf(type), ...(MORE_SUBTYPES[name] ?? [])] }),
  }
}

function fieldOf(owner: string, { name, type, optional, says }: Member): Field {
  const isFloat = FLOATS.test(`${owner}.${name}`)
  const types = typesOf(type).map((kind) => (isFloat && kind === 'Integer' ? 'Float' : kind))
  const choices = choicesOf(type)
  return { name, types, required: !optional, description: prose(says), ...(choices && { choices }) }
}

/** Files come as parts of the form, never inside of its JSON: there they are named by `attach://`. */
function withoutFile(field: Field): Field {
  return { ...field, types: field.types.filter((type) => type !== 'InputFile') }
}

function typesOf(type: TSType): string[] {
  return [...new Set(namesOf(type))]
}

function namesOf(type: TSType): string[] {
  switch (type.type) {
    case 'TSParenthesizedType':
      return namesOf(type.typeAnnotation)
    case 'TSUnionType':
      return type.types.flatMap(namesOf)
    case 'TSArrayType':
      return namesOf(type.elementType).map((name) => `Array of ${name}`)
    case 'TSNumberKeyword':
      return ['Integer']
    case 'TSBooleanKeyword':
      return ['Boolean']
    case 'TSLiteralType':
      return [LITERALS[typeof (type.literal as { value?: unknown }).value] ?? 'String']
    case 'TSTypeReference': {
      const alias = referenced(type)?.type
      const name = nameOf(type)
      // "Exclude<keyof Update, …>" are names of updates.
      return name === 'Exclude' ? ['String'] : alias && isLiteral(alias) ? namesOf(alias) : [plain(name)]
    }
    case 'TSStringKeyword':
      return ['String']
    default:
      // What can turn itself into the type beside it, such as `{ toString(): string }`, never gets onto the wire.
      return []
  }
}

/** The texts of a union of nothing but texts. */
function choicesOf(type: TSType | undefined): string[] | undefined {
  if (!type) return undefined
  if (type.type === 'TSTypeReference') {
    const alias = referenced(type)?.type
    return alias && isLiteral(alias) ? choicesOf(alias) : undefined
  }
  const literals = type.type === 'TSUnionType' ? type.types : [type]
  const texts = literals.map(
    (each) => each.type === 'TSLiteralType' && 'value' in each.literal && each.literal.value,
  )
  return texts.every((text) => typeof text === 'string') ? texts : undefined
}

function isLiteral(type: TSType): boolean {
  return type.type === 'TSUnionType' ? type.types.every(isLiteral) : type.type === 'TSLiteralType'
}

function referenced(type: TSType): Declaration | undefined {
  if (type.type !== 'TSTypeReference') return undefined
  const name = nameOf(type)
  return objects.get(name) ?? params.get(name)
}

function plain(name: string): string {
  return name.replace(/^Telegram/, '')
}

/** The page's words, without the Markdown. */
function prose(says: string): string {
  return says
    .replace(/\n*\[Documentation\]\(.*$/s, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(?<!\\)[*`]+/g, '')
    .replace(/\\(.)/g, '$1')
}
