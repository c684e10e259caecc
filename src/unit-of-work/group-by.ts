/**
 * Groups items by a key, groups and items in the order in which they come. Pure.
 *
 * When Node 20 is dropped: `Map.groupBy`.
 *
 * @internal
 */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  let last: Key | undefined
  let group: Item[] | undefined
  for (const item of items) {
    const key = keyOf(item)
    // Items of one group mostly follow each other.
    if (group === undefined || key !== last) {
      last = key
      group = groups.get(key)
      if (group === undefined) groups.set(key, (group = []))
    }
    group.push(item)
  }
  return groups
}
