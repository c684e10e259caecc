/**
 * Tells whether two column values are the same by value: dates by their moment, bytes by their content, arrays and
 * JSON documents all the way down, without regard to the order of keys. Pure.
 *
 * @internal
 */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    // 0 and -0 are one number to PostgreSQL.
    return left === right
  }
  if (left instanceof Date) return right instanceof Date && Object.is(left.getTime(), right.getTime())
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0
  if (Array.isArray(left)) return Array.isArray(right) && isSameArray(left, right)
  return !Array.isArray(right) && !(right instanceof Date) && isSameObject(left, right)
}

function isSameArray(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((value, index) => isSameValue(value, right[index]))
}

function isSameObject(left: object, right: object): boolean {
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        isSameValue(left[key as keyof typeof left], right[key as keyof typeof right]),
    )
  )
}

/**
 * Copies a column value so that later changes inside the original do not reach the copy. Pure.
 *
 * @internal
 */
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(copyValue)
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of a class of the application has its own ways; it is replaced, not changed inside.
  if (prototype !== Object.prototype && prototype !== null) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) setOwn(copy, key, copyValue(value[key as keyof typeof value]))
  return copy
}

/** A key called `__proto__` in a JSON document stays a key. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
