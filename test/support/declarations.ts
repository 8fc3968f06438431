import { readFileSync } from 'node:fs'
import {
  type Comment,
  parseSync,
  type TSInterfaceDeclaration,
  type TSSignature,
  type TSType,
  type TSTypeAliasDeclaration,
} from 'oxc-parser'

export interface Member {
  name: string
  type: TSType
  optional: boolean
  /** The words of its comment. */
  says: string
}

/** An exported interface (`members`) or alias (`type`), with the words of its comment. */
export interface Declaration {
  says: string
  members?: Member[]
  type?: TSType
}

/** The exported types of a TypeScript file in node_modules, such as `@gramio/types/out/params.d.ts`. */
export class Declarations {
  readonly all = new Map<string, Declaration>()
  readonly #source: string
  readonly #comments: Map<number, Comment>

  constructor(path: string) {
    this.#source = readFileSync(new URL(`../../node_modules/${path}`, import.meta.url), 'utf8')
    const { program, comments } = parseSync(path, this.#source)
    this.#comments = new Map(comments.map((comment) => [comment.end, comment]))
    for (const { start, declaration } of program.body as Exported[]) {
      const says = this.#wordsBefore(start)
      if (declaration?.type === 'TSInterfaceDeclaration')
        this.all.set(declaration.id.name, { says, members: this.#members(declaration.body.body) })
      if (declaration?.type === 'TSTypeAliasDeclaration')
        this.all.set(declaration.id.name, { says, type: declaration.typeAnnotation })
    }
  }

  /** Of an object type written in place; none of any other. */
  membersOf(type: TSType): Member[] {
    return type.type === 'TSTypeLiteral' ? this.#members(type.members) : []
  }

  #members(body: TSSignature[]): Member[] {
    return body.flatMap((node) => {
      if (node.type !== 'TSPropertySignature' || !node.typeAnnotation) return []
      const { key, optional, start } = node
      const name = key.type === 'Literal' ? String(key.value) : (key as { name: string }).name
      return [{ name, type: node.typeAnnotation.typeAnnotation, optional, says: this.#wordsBefore(start) }]
    })
  }

  #wordsBefore(start: number): string {
    const comment = this.#comments.get(this.#source.slice(0, start).trimEnd().length)
    return (comment?.value ?? '').replace(/^\s*\* ?/gm, '').trim()
  }
}

type Exported = { start: number; declaration?: TSInterfaceDeclaration | TSTypeAliasDeclaration }

/** `B` of the reference `A.B`. */
export function nameOf({ typeName }: TSType & { type: 'TSTypeReference' }): string {
  if (typeName.type === 'TSQualifiedName') return typeName.right.name
  return typeName.type === 'Identifier' ? typeName.name : ''
}
