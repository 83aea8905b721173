/**
 * Estimates the number of distinct readers without a list of them: HyperLogLog (Flajolet and others, 2007) with the
 * estimator of Ertl (arXiv:1702.01284, algorithm 6). The standard error is 1.04 / √4096 = 1.6 %, and smaller for few
 * readers. If a mark is added again, nothing changes; the order of marks makes no difference. Pure.
 */

/** The highest rank among the marks of each register; 0 for a register without a mark. */
export type Sketch = Uint8Array

/** 2^12 registers, because 12 bits of a hash choose the register. */
const REGISTERS = 4096
/** A rank is the position (from 1) of the first set bit in the next 30 bits of the hash, or 31 without a set bit. */
const RANKS = 32
const MAX_RANK = RANKS - 1
const ALPHA = 0.5 / Math.LN2

/** Base64 (RFC 4648 §4): six bits per character. */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const DIGIT_VALUES = new Uint8Array(128)
for (let value = 0; value < DIGITS.length; value++) DIGIT_VALUES[DIGITS.charCodeAt(value)] = value

/** The number of possible marks. A mark is a register and a rank, the only parts of a hash that a sketch needs. */
export const MARK_COUNT = REGISTERS * RANKS

/** @param hash at least six uniformly distributed bytes */
export function hashToMark(hash: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = hash
  const register = (a << 4) | (b >> 4)
  const rank = Math.min(Math.clz32((c << 24) | (d << 16) | (e << 8) | f) + 1, MAX_RANK)
  return register * RANKS + rank
}

export const isMark = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value < MARK_COUNT && value % RANKS !== 0

/** @returns whether the sketch changed. */
export function addMark(sketch: Sketch, mark: number): boolean {
  const register = Math.floor(mark / RANKS)
  const rank = mark % RANKS
  if ((sketch[register] ?? MAX_RANK) >= rank) return false
  sketch[register] = rank
  return true
}

/** The number of distinct readers, an integer. */
export function estimate(sketch: Sketch): number {
  const counts = new Array<number>(RANKS).fill(0)
  for (const rank of sketch) counts[rank] = (counts[rank] ?? 0) + 1
  const fraction = (rank: number) => (counts[rank] ?? 0) / REGISTERS
  let z = tau(1 - fraction(MAX_RANK))
  for (let rank = MAX_RANK - 1; rank >= 1; rank--) z = 0.5 * (z + fraction(rank))
  return Math.round((ALPHA * REGISTERS) / (z + sigma(fraction(0))))
}

/** The term of the estimator for registers without a mark. */
function sigma(empty: number): number {
  if (empty === 1) return Number.POSITIVE_INFINITY
  let [x, y, z, previous] = [empty, 1, empty, -1]
  while (z !== previous) {
    x *= x
    previous = z
    z += x * y
    y += y
  }
  return z
}

/** The term of the estimator for registers at the highest rank. */
function tau(below: number): number {
  if (below === 0 || below === 1) return 0
  let [x, y, z, previous] = [below, 1, 1 - below, -1]
  while (z !== previous) {
    x = Math.sqrt(x)
    previous = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}

/** Writes three characters for each register with a mark, or one for every register if that is shorter. */
export function encodeSketch(sketch: Sketch): string {
  let sparse = ""
  for (const [register, rank] of sketch.entries()) {
    if (rank > 0) sparse += digit(register >> 6) + digit(register & 63) + digit(rank)
    if (sparse.length >= REGISTERS) return Array.from(sketch, digit).join("")
  }
  return sparse
}

/** @param text the result of encodeSketch(); "" for a sketch without marks */
export function decodeSketch(text: string): Sketch {
  const sketch = new Uint8Array(REGISTERS)
  const value = (at: number) => DIGIT_VALUES[text.charCodeAt(at)] ?? 0
  if (text.length === REGISTERS) return sketch.map((_, register) => value(register))
  for (let at = 0; at < text.length; at += 3) sketch[value(at) * 64 + value(at + 1)] = value(at + 2)
  return sketch
}

const digit = (value: number): string => DIGITS.charAt(value)
