/** What stands between the tests and the server; set by `TEST_VIA`. */
export type Via =
  | { readonly kind: 'pgbouncer' | 'one-byte'; readonly port: number }
  /** It can't be had here; tests skip with this word. */
  | { readonly kind: 'missing'; readonly reason: string }
