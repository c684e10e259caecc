declare module 'pg-cursor' {
  /** What of pg-cursor the bench uses; it brings no types of its own. */
  export default class Cursor<Row> {
    constructor(text: string, values?: readonly unknown[])
    read(rows: number): Promise<Row[]>
    close(): Promise<void>
    submit(connection: unknown): void
  }
}
