import type english from './en.ts'

/** A language's texts: those of English, in its own words. What is missing is said in English, and the test says what that is. */
export interface Translation {
  /** The time zone of most who read it, for messengers that tell neither a person's nor a group's; left out: UTC. */
  timeZone?: string
  /** Set while texts are missing: the test then lists them, and doesn't fail. */
  isUnfinished?: true
  commandWords?: { [Command in keyof typeof english.commandWords]?: string[] }
  bots?: Translated<typeof english.bots>
  pages?: Translated<typeof english.pages>
}

type Translated<Texts> = {
  [Key in keyof Texts]?: Texts[Key] extends string ? string : Translated<Texts[Key]>
} & { [Key in keyof Texts & string as Texts[Key] extends string ? `${Key}_${Form}` : never]?: string }

/** The forms that a text can have by its `count`. https://www.i18next.com/translation-function/plurals */
type Form = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'
