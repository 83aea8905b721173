/** Removes these UTF-16 units from the end of a text in linear time. A pattern like `/x+$/` takes quadratic time. */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
