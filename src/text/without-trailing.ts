/** A text without these characters (UTF-16 units) at its end, in linear time; a pattern like `/x+$/` is quadratic. */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
