/** The part of an article's answer that is known before the write batch. */
import type { ProblemError } from "../../http/problem.ts"

/** It is stored with the delivery. */
export interface DeliveryEntry {
  pointer: string
  guid?: string
  /** Index of the event. If there is no event, `outcome` is set instead. */
  event?: number
  outcome?: "stale" | "unchanged" | "rejected"
  errors?: ProblemError[]
  warnings?: string[]
}

export function addWarning(entry: DeliveryEntry, sentence: string): void {
  entry.warnings = [...(entry.warnings ?? []), sentence]
}

/** The errors of all rejected articles. The warnings of such an article say what its mapping did not find. */
export const rejectionsOf = (entries: DeliveryEntry[]): ProblemError[] =>
  entries.flatMap(({ pointer, errors = [], warnings = [] }) =>
    errors.length === 0 ? [] : [...errors, ...warnings.map((detail) => ({ pointer, detail }))],
  )
