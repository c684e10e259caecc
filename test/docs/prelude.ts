/**
 * The names that every example may use without declaring them; one that declares a name itself gets its own.
 *
 * Outside tsconfig.json on purpose: in there these globals would hide a forgotten variable in src/ and test/.
 */
import type { AsyncDatabase, InferDatabase, Session } from 'async-database'
import type { tables } from './prelude-tables.js'

declare global {
  /** `person (id, name, email)`, `users (id, email)`, `songs (id, name, ownerId)`; see prelude-tables.ts. */
  interface DB extends InferDatabase<typeof tables> {}
  const database: AsyncDatabase<DB>
  const session: Session<DB>
}
