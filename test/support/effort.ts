/** Which part of the long run is asked for: all of it where it is 1. Set by `npm run prove`. */
const share = process.env.PROVE ? Number(process.env.PROVE) : undefined

/** Whether this is the long run. */
export const isLong = share !== undefined

/** How much is tried: so much in `npm test`, so much in `npm run prove`. */
export const effort = (short: number, long: number): number =>
  share === undefined ? short : Math.max(1, Math.round(long * share))
