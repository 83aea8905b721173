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
