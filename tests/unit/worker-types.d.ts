/** What a Worker has and a browser has not, beside the types of the DOM that Node's tests use. */
interface CacheStorage {
  readonly default: Cache
}
