import type { Attributes } from "./visibility.ts"

/** Follows whether the parser is in an element of a kind. */
export class OpenRegion {
  private readonly begins: (attributes: Attributes) => boolean
  /** The depth of the outermost such element that is open. */
  private depth = Number.POSITIVE_INFINITY

  constructor(begins: (attributes: Attributes) => boolean) {
    this.begins = begins
  }

  open(depth: number, attributes: Attributes): void {
    if (depth < this.depth && this.begins(attributes)) this.depth = depth
  }

  close(depth: number): void {
    if (depth === this.depth) this.depth = Number.POSITIVE_INFINITY
  }

  contains(depth: number): boolean {
    return depth >= this.depth
  }
}
