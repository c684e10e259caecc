import { sessionPreparedTogether } from './session-prepared-together.js'

/** See {@link sessionPreparedTogether}. */
export const createEntrant = sessionPreparedTogether(5)
