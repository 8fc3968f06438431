/**
 * A statement that ends when a synchronous replica, where there is one, has all that was committed before. A primary that has crashed may
 * show what no replica has got yet, and so what was never answered.
 */
export const AWAIT_REPLICA = `select pg_logical_emit_message(true, 'passalong', '')`
