/** Turns a value as the parser of its type gave it into what its column declares. Null is not passed in. */
export type ColumnReader = (value: unknown) => unknown

/**
 * How some columns of a result are read otherwise than by their type, by the name under which they arrive.
 *
 * The same object for the same text, so that what was prepared for one is known to fit the other.
 *
 * @internal
 */
export type ColumnReaders = ReadonlyMap<string, ColumnReader>
