/** Members of the Worker's globals that the DOM types of Node's tests lack. */
interface CacheStorage {
  readonly default: Cache
}
