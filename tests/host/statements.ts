import type { Executed } from "../sqlite/d1.ts"

/**
 * Runs each statement once, with its first parameters.
 * @param url of ./workerd.ts
 * @returns the error and the text of each statement that workerd's D1 refuses
 */
export async function refusedByWorkerd(url: string, executed: readonly Executed[]): Promise<string[]> {
  const first = new Map(executed.toReversed().map((each) => [each.sql, each]))
  const body = JSON.stringify([...first.values()].toReversed(), (_, value) =>
    value instanceof Uint8Array ? [...value] : value,
  )
  const response = await fetch(url, { method: "POST", body })
  return (await response.json()) as string[]
}
