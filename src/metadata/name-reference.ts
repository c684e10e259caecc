/** The name of a collation, operator class or another object that the metadata only refers to. */
export interface NameReference {
  /** Its schema; undefined leaves it to the search path. */
  readonly schema: string | undefined
  /** Its bare name. It is quoted where it is used. */
  readonly name: string
}

/**
 * Reads a name that may be given without a schema. Pure.
 *
 * @param name - A bare name, or a name with its schema.
 * @returns Both parts.
 * @internal
 */
export function nameReference(name: string | NameReference): NameReference {
  return typeof name === 'string' ? { schema: undefined, name } : { schema: name.schema, name: name.name }
}
