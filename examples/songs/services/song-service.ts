import type { Session } from 'async-database'
import { sql } from 'kysely'
import { Problem } from '../problem.js'
import type { NewAlbum, NewSong, SongChanges } from '../requests.js'
import type { DB } from '../tables.js'

/** A song as clients see it. */
export interface Song {
  readonly id: number
  readonly title: string
  readonly artist: string
  readonly createdAt: Date
}

const COLUMNS = ['id', 'title', 'artist', 'createdAt'] as const

/** One user's songs. Works in the session of its request, and leaves COMMIT to it. */
export class SongService {
  readonly #session: Session<DB>
  readonly #ownerId: number

  constructor(session: Session<DB>, ownerId: number) {
    this.#session = session
    this.#ownerId = ownerId
  }

  async create(song: NewSong): Promise<Song> {
    return await this.#session
      .insertInto('songs')
      .values({ ...song, ownerId: this.#ownerId })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow()
  }

  /** All songs of an album, or none: whatever fails half-way, the request's transaction is rolled back. */
  async createAlbum({ artist, titles }: NewAlbum): Promise<Song[]> {
    const songs: Song[] = []
    for (const title of titles) songs.push(await this.create({ artist, title }))
    return songs
  }

  async list(): Promise<Song[]> {
    return await this.#session
      .selectFrom('songs')
      .select(COLUMNS)
      .where('ownerId', '=', this.#ownerId)
      .orderBy('createdAt')
      .orderBy('id')
      .execute()
  }

  async get(id: number): Promise<Song> {
    return await this.#session
      .selectFrom('songs')
      .select(COLUMNS)
      .where('ownerId', '=', this.#ownerId)
      .where('id', '=', id)
      .executeTakeFirstOrThrow(() => noSong(id))
  }

  async update(id: number, changes: SongChanges): Promise<Song> {
    // UPDATE without SET is no SQL: nothing to change means nothing to do.
    if (Object.keys(changes).length === 0) return await this.get(id)
    return await this.#session
      .updateTable('songs')
      .set(changes)
      .where('ownerId', '=', this.#ownerId)
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirstOrThrow(() => noSong(id))
  }

  async delete(id: number): Promise<void> {
    const { numDeletedRows } = await this.#session
      .deleteFrom('songs')
      .where('ownerId', '=', this.#ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    if (numDeletedRows === 0n) throw noSong(id)
  }

  /** Writes first and then takes very long: made for a client that does not wait. */
  async remaster(id: number): Promise<Song> {
    const { title } = await this.get(id)
    const song = await this.update(id, { title: `${title} (Remastered)` })
    await sql`select pg_sleep(10)`.execute(this.#session)
    return song
  }
}

function noSong(id: number): Problem {
  return new Problem(404, `There is no song ${String(id)}`)
}
