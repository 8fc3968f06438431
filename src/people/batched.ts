import DataLoader from 'dataloader'

/** Loads rows in batches: all that are asked for in one turn of the event loop, 500 at most, are one query. */
export const batched = <Key, Row>(load: (keys: readonly Key[]) => Promise<Row[]>) =>
  new DataLoader<Key, Row>(load, { cache: false, maxBatchSize: 500, batchScheduleFn: setImmediate })
