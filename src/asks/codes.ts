import type { Config } from '../config.ts'
import { emvcoOf, fitsReference } from './emvco.ts'
import { epcOf } from './epc.ts'
import type { AskView } from './view.ts'

/** Codes by which an ask is paid in other systems, which tell nobody here. `null`: the operator has none for its asset, or it can't be paid any more. */
export interface Codes {
  emvco: string | null
  epc: string | null
}

/** The codes of an ask, with what it is called as the reference; its id where it is called nothing. */
export function codesOf(
  { emvTemplates, epc }: Pick<Config, 'emvTemplates' | 'epc'>,
  { id, state, kind, asset, total, reference }: AskView,
): Codes {
  const template = emvTemplates.get(asset)
  if (state !== 'open' || kind !== 'request') return { emvco: null, epc: null }
  const short = reference !== null && fitsReference(reference) ? reference : shortOf(id)
  return {
    emvco: (template && emvcoOf(template, total, short)) ?? null,
    epc: epc && asset === EURO ? epcOf(epc, total, reference ?? id) : null,
  }
}

const EURO = 'EUR'

/** As much of an id as fits into a reference: its time, and 52 bits of chance. */
const shortOf = (id: string) => id.replaceAll('-', '').slice(0, 25)
