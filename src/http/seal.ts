export type SealingKeys = string
export async function sealingKeys(a: string, _b?: string): Promise<SealingKeys> {
  return a
}
export async function seal(_k: SealingKeys, plain: string, _i: string) {
  return plain
}
export async function open(_k: SealingKeys, s: string, _i: string) {
  return s
}
