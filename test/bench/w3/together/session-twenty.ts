import { sessionTogether } from './session-together.js'

/** See {@link sessionTogether}. */
export const createEntrant = sessionTogether(20)
