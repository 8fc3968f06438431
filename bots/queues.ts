/** A queue for each key, such as a chat: its tasks run one after the other, whether or not the one before has failed. */
export function createQueues() {
  const last = new Map<string | number, Promise<unknown>>()
  return <T>(key: string | number, task: () => Promise<T>): Promise<T> => {
    const result = (last.get(key) ?? Promise.resolve()).then(task)
    const over = result.catch(() => {}).finally(() => last.get(key) === over && last.delete(key))
    last.set(key, over)
    return result
  }
}
