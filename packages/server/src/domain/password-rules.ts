const LENGTH_MIN = 8
const LENGTH_MAX = 256

/** A password as it is compared and kept: one spelling of what Unicode can spell in several. */
export function normalPassword(typed: string): string {
  return typed.normalize('NFKC')
}

/** Whether a password has 8 to 256 characters, among them a letter, a digit and a symbol, of whatever script. */
export function isStrong(typed: string): boolean {
  const password = normalPassword(typed)
  const { length } = [...password]
  if (length < LENGTH_MIN || length > LENGTH_MAX) return false
  return /\p{L}/u.test(password) && /\p{Nd}/u.test(password) && /[\p{P}\p{S}]/u.test(password)
}
