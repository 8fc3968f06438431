/** Who sends and collects. */
export const PEOPLE = Array.from({ length: 100 }, (_, index) => ({ messenger: 'flood', id: String(index) }))
