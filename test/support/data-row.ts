/** The body of a DataRow that holds texts, or NULL for null: what follows its header. */
export function dataRow(...values: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(values.length)
  return Buffer.concat([
    count,
    ...values.flatMap((value) => {
      const text = Buffer.from(value ?? '')
      const length = Buffer.alloc(4)
      length.writeInt32BE(value === null ? -1 : text.length)
      return [length, text]
    }),
  ])
}
