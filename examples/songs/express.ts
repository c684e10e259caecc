import type { AsyncDatabase } from 'async-database'
import { requestSession } from 'async-database/express'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import { answerFor, Problem } from './problem.js'
import { credentials, newAlbum, newSong, songAddress, songChanges } from './requests.js'
import { AuthService } from './services/auth-service.js'
import { SongService } from './services/song-service.js'
import type { DB } from './tables.js'

declare module 'async-database/express' {
  interface RegisteredDatabase {
    DB: DB
  }
}

/** The application on Express. The caller listens, and closes the database after the server. */
export function expressApp(database: AsyncDatabase<DB>): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(requestSession(database, { policy: 'on-success' }))
  app.use(express.json())

  app.post('/register', async (req, res) => {
    res.status(201).json(await new AuthService(req.db).register(credentials.parse(req.body)))
  })
  app.post('/login', async (req, res) => {
    res.json(await new AuthService(req.db).login(credentials.parse(req.body)))
  })

  app.get('/songs', async (req, res) => {
    res.json(await (await songsOf(req)).list())
  })
  app.post('/songs', async (req, res) => {
    const songs = await songsOf(req)
    res.status(201).json(await songs.create(newSong.parse(req.body)))
  })
  app.post('/albums', async (req, res) => {
    const songs = await songsOf(req)
    res.status(201).json(await songs.createAlbum(newAlbum.parse(req.body)))
  })
  app.get('/songs/:id', async (req, res) => {
    const songs = await songsOf(req)
    res.json(await songs.get(songAddress.parse(req.params).id))
  })
  app.patch('/songs/:id', async (req, res) => {
    const songs = await songsOf(req)
    res.json(await songs.update(songAddress.parse(req.params).id, songChanges.parse(req.body)))
  })
  app.delete('/songs/:id', async (req, res) => {
    const songs = await songsOf(req)
    await songs.delete(songAddress.parse(req.params).id)
    res.status(204).end()
  })
  app.post('/songs/:id/remaster', async (req, res) => {
    const songs = await songsOf(req)
    res.json(await songs.remaster(songAddress.parse(req.params).id))
  })

  app.use(() => {
    throw new Problem(404, 'There is nothing here')
  })
  app.use(onError)
  return app
}

async function songsOf(req: Request): Promise<SongService> {
  return new SongService(req.db, await new AuthService(req.db).authenticate(req.headers.authorization))
}

const onError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) {
    next(error)
    return
  }
  const { status, body } = answerFor(error)
  if (status >= 500) console.error(error)
  res.status(status).json(body)
}
