/** Whether a header may contain a secret, by its name. Such values are neither stored nor logged. */
export function isSecretHeader(name: string): boolean {
  return /auth|cookie|session|token|jwt|secret|key|signature|password|credential/i.test(name)
}
