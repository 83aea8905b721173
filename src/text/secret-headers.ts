/** Whether the name of a header says that its value may be a secret. Such values are neither stored nor logged. */
export function isSecretHeader(name: string): boolean {
  return /auth|cookie|session|token|jwt|secret|key|signature|password|credential/i.test(name)
}
