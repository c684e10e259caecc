import { z } from 'zod'

/** What the routes accept. `parse` throws a ZodError, which becomes a 422. */
export const credentials = z.strictObject({
  email: z.email().max(200),
  password: z.string().min(8).max(200),
})

const title = z.string().trim().min(1).max(200)
const artist = z.string().trim().min(1).max(200)

export const newSong = z.strictObject({ title, artist })
export const newAlbum = z.strictObject({ artist, titles: z.array(title).min(1).max(50) })
export const songChanges = z.strictObject({ title: title.optional(), artist: artist.optional() })
export const songAddress = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) })

export type Credentials = z.infer<typeof credentials>
export type NewSong = z.infer<typeof newSong>
export type NewAlbum = z.infer<typeof newAlbum>
export type SongChanges = z.infer<typeof songChanges>
