/** What ends a connection, or leaves it dead. */
export type FatalFault =
  /** RST to both sides. */
  | 'reset'
  /** FIN to both sides. */
  | 'close'
  /** Nothing passes in either direction any more, and nobody is told. */
  | 'blackHole'

/** What happens to a matched message. Whatever came before it is delivered first. */
export type Fault =
  | FatalFault
  /** The message alone vanishes. */
  | 'swallow'
  /** This direction stops before the message until `Interception.release()`. */
  | 'hold'
  /** The message is passed on, then the connection is broken. */
  | { readonly passThen: FatalFault }
  /** The first bytes of the message are passed on, then the connection is broken. */
  | { readonly truncateTo: number; readonly then: FatalFault }
  /** These bytes instead of the message. */
  | { readonly replaceWith: Buffer }
  | { readonly injectBefore: Buffer }
  | { readonly injectAfter: Buffer }
