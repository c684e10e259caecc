import { postgresTogether } from './postgres-together.js'

/** See {@link postgresTogether}. */
export const createEntrant = postgresTogether(5)
