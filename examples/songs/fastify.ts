import type { AsyncDatabase } from 'async-database'
import { requestSession } from 'async-database/fastify'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { answerFor } from './problem.js'
import { credentials, newAlbum, newSong, songAddress, songChanges } from './requests.js'
import { AuthService } from './services/auth-service.js'
import { SongService } from './services/song-service.js'
import type { DB } from './tables.js'

declare module 'async-database/fastify' {
  interface RegisteredDatabase {
    DB: DB
  }
}

/** The application on Fastify. Closing it closes the database too. */
export async function fastifyApp(database: AsyncDatabase<DB>): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: 'idle' })
  await app.register(requestSession, { database, policy: 'on-success' })

  app.post('/register', async (request, reply) => {
    const user = await new AuthService(request.db).register(credentials.parse(request.body))
    return reply.code(201).send(user)
  })
  app.post('/login', async (request) => new AuthService(request.db).login(credentials.parse(request.body)))

  app.get('/songs', async (request) => (await songsOf(request)).list())
  app.post('/songs', async (request, reply) => {
    const songs = await songsOf(request)
    return reply.code(201).send(await songs.create(newSong.parse(request.body)))
  })
  app.post('/albums', async (request, reply) => {
    const songs = await songsOf(request)
    return reply.code(201).send(await songs.createAlbum(newAlbum.parse(request.body)))
  })
  app.get('/songs/:id', async (request) => {
    const songs = await songsOf(request)
    return await songs.get(songAddress.parse(request.params).id)
  })
  app.patch('/songs/:id', async (request) => {
    const songs = await songsOf(request)
    return await songs.update(songAddress.parse(request.params).id, songChanges.parse(request.body))
  })
  app.delete('/songs/:id', async (request, reply) => {
    const songs = await songsOf(request)
    await songs.delete(songAddress.parse(request.params).id)
    return reply.code(204).send()
  })
  app.post('/songs/:id/remaster', async (request) => {
    const songs = await songsOf(request)
    return await songs.remaster(songAddress.parse(request.params).id)
  })

  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here' }))
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = answerFor(error)
    if (status >= 500) console.error(error)
    return reply.code(status).send(body)
  })
  return app
}

async function songsOf(request: FastifyRequest): Promise<SongService> {
  const { db, headers } = request
  return new SongService(db, await new AuthService(db).authenticate(headers.authorization))
}
