/** A row of the table `item`. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly quantity: number
  readonly price_cents: number
  readonly is_active: boolean
}
