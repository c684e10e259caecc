import type { RegisteredTables } from '../session/registered-database.js'

export type { RegisteredDatabase } from '../session/registered-database.js'

/** The registered database type: what the session of a request is typed by. */
export type RequestDatabase = RegisteredTables
