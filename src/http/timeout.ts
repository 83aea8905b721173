/** @returns the result of the promise, or the fallback if the promise is still pending after `ms` milliseconds */
export function withTimeout<T>(promise: Promise<T>, ms: number, fallback: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(fallback), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
