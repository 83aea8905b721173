/** @returns the result of a promise, or the fallback if the promise has not settled after `ms` milliseconds */
export function withTimeout<T>(promise: Promise<T>, ms: number, fallback: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(fallback), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
