/**
 * A text without these characters at its end. By hand: a pattern such as `/x+$/` begins anew at each of them, so that a long run
 * which does not end the text takes a time that grows with its square.
 * @param characters of one UTF-16 unit each
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
