/** What can be on a {@link Roster}. */
export interface RosterMember {
  /** Written by the roster alone: where it stands there, or -1. */
  place: number
}

/**
 * A set, in no order, for members that come and go all the time.
 *
 * A `Set` or `Map` makes a new table every few changes, and the old one points to the new one. Once a table has lived
 * long enough to be promoted, V8 takes that for a reference and promotes all the later ones too, with what is in
 * them: in a set that each request enters and leaves, that is every request. Here nothing is left behind. Adding and
 * removing take constant time. No I/O.
 *
 * @see V8, src/objects/ordered-hash-table.h: an obsolete table keeps a link to the next one for its iterators
 * @internal
 */
export class Roster<Member extends RosterMember> implements Iterable<Member> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** Precondition: it is on no roster. */
  add(member: Member): void {
    member.place = this.#members.length
    this.#members.push(member)
  }

  /** Gives back whether it was there. */
  remove(member: Member): boolean {
    const { place } = member
    if (this.#members[place] !== member) return false
    const last = this.#members.pop() as Member
    if (last !== member) {
      this.#members[place] = last
      last.place = place
    }
    member.place = -1
    return true
  }

  /** Looks through them all. */
  find(isWanted: (member: Member) => boolean): Member | undefined {
    return this.#members.find(isWanted)
  }

  /** Those that are there when the walk begins. */
  [Symbol.iterator](): Iterator<Member> {
    return [...this.#members].values()
  }
}
