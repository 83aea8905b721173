/** Finds the hour of a clock of twelve hours from the word beside it, such as PM or "at night". Pure. */

/** The words in their folded form, and the first and the last hour that each of them may mean. */
const DAY_PARTS: [words: string, first: number, last: number][] = [
  ["بعد منتصف الليل", 0, 5],
  ["قبل منتصف الليل", 19, 23],
  ["قبل الظهر|ق\\.?ظ|قبل از ظهر|(?:في )?الضحي|ضحي", 1, 11],
  ["بعد الظهر|ب\\.?ظ|بعد از ظهر|بعدازظهر", 12, 23],
  ["a\\.? ?m\\.?|π\\.?μ\\.?|ص|صباحا|(?:في )?الصباح|صبح|오전|午前|上午", 0, 11],
  ["p\\.? ?m\\.?|μ\\.?μ\\.?|م|오후|午後|下午", 12, 23],
  ["فجرا|(?:في )?الفجر|بامداد", 0, 7],
  ["ظهرا|(?:في )?الظهر|ظهر", 11, 15],
  ["عصرا|(?:في )?العصر|عصر", 13, 18],
  // Twelve in the evening is midnight to some, and noon to programs that translate PM.
  ["مساء|(?:في )?المساء", 13, 23],
  // After midnight, the date may be that of the evening or of the morning.
  ["ليلا|(?:في )?الليل|شب", 19, 23],
]

/** A pattern of all words. */
export const DAY_PART_WORDS: string = DAY_PARTS.map(([words]) => words).join("|")

const PARTS = DAY_PARTS.map(([words, first, last]) => ({ pattern: new RegExp(`^(?:${words})$`, "u"), first, last }))

/**
 * Returns the hour from 0 to 24; undefined if the word contradicts it, or leaves several hours. Some systems add PM to
 * hours of 24.
 */
export function hourOfDay(hour: number, word: string | undefined): number | undefined {
  const part = word === undefined ? undefined : PARTS.find(({ pattern }) => pattern.test(word))
  if (part === undefined) return hour
  const meanings = hour >= 1 && hour <= 12 ? [hour % 12, (hour % 12) + 12] : [hour]
  const possible = meanings.filter((each) => each >= part.first && each <= part.last)
  return possible.length === 1 ? possible[0] : undefined
}
