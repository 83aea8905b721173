/** Whether the value of a header, by its name, may open something: it is written down nowhere. */
export function isSecretHeader(name: string): boolean {
  return /auth|cookie|session|token|jwt|secret|key|signature|password|credential/i.test(name)
}
