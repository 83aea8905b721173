/**
 * A text without these characters at its end. It uses no pattern such as `/x+$/`, which takes quadratic time for a long run
 * that is not at the end.
 * @param characters of one UTF-16 unit each
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
