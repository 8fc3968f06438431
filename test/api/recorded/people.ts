import type { Person } from '../../support/service.ts'

export const ada = { messenger: 'telegram', id: '1001', handle: 'ada', name: 'Ada Lovelace', language: 'en' }
export const ben = { messenger: 'telegram', id: '1002', handle: 'Ben', name: 'Ben' }
export const cleo = { messenger: 'telegram', id: '1003', name: 'Cleo', handle: null }
export const dora = { messenger: 'discord', id: '80351110224678912', handle: 'dora', name: 'Dora' }
export const gina = { messenger: 'telegram', id: '1008' }
export const stranger = { messenger: 'telegram', id: '1999' }
export const player = { messenger: 'playground', id: 'eve' }
/** Of a messenger that no bot of ours takes deliveries for. */
export const ann = { messenger: 'signal', id: 'ann', name: 'Ann', language: 'de' }
export const bob = { messenger: 'signal', id: 'bob', name: 'Bob' }
export const club = { messenger: 'telegram', id: '-1001', title: 'Lunch club' }

export const NO_TRANSFER = '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21'
export const NO_CODE = 'AZqxkMvHc0QmT7sVq2XyB4hNfLwRe3'
export const withoutLabels = ({ messenger, id }: Person) => ({ messenger, id })
