/** Members that the Worker's globals have beside those of the web. */

interface CacheStorage {
  /** https://developers.cloudflare.com/workers/runtime-apis/cache/ */
  readonly default: Cache
}
