import { once } from 'node:events'
import { sql } from 'kysely'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { ReflectionError } from '../../../src/errors/reflection-error.js'
import type { Metadata } from '../../../src/metadata/metadata.js'
import { reflect } from '../../../src/reflection/reflect.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { via } from '../../support/via.js'

describe('reflect', () => {
  const support = cloneDatabase()

  beforeAll(async () => {
    await support.query(`
      create extension citext;
      create schema shop; create schema "Other";
      create type shop.state as enum ('new', 'paid');
      create type shop.unused as enum ('x');
      create table "Other".country (code text primary key);
      create table shop.customer (id serial primary key, email public.citext, country text references "Other".country);
      create table shop.orders (id serial primary key, state shop.state, customer integer references shop.customer);
      create table shop.lone (id integer);
      create view shop.paid as select * from shop.orders where state = 'paid';
      create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
      create trigger touch before update on shop.orders for each row execute function shop.touch();`)
  })

  const tables = ({ description }: Metadata) => description.tables.map(({ key }) => key).sort()

  it('gives tables under their names, those of other schemas that foreign keys lead to under schema.name', async () => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    const metadata = await reflect(database, { schemas: ['shop'] })
    expect(tables(metadata)).toEqual(['Other.country', 'customer', 'lone', 'orders'])
    expect(metadata.schema).toBe('shop')
    // Nothing of the extension's own.
    expect(metadata.description.objects.map(({ name }) => name).sort()).toEqual(['touch', 'touch'])
    expect(metadata.description.extensions).toMatchObject([{ name: 'citext', schema: 'public' }])
  })

  it('keeps only what is named and what that needs', async () => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    const metadata = await reflect(database, { schemas: ['shop'], only: ['orders'] })
    expect(tables(metadata)).toEqual(['Other.country', 'customer', 'orders'])
    expect(metadata.description.enums.map(({ name }) => name)).toEqual(['state'])
    expect(metadata.description.views).toEqual([])
    expect(metadata.description.objects.map(({ kind }) => kind).sort()).toEqual(['function', 'trigger'])
  })

  it('leaves out what is excepted, what needs it, and the foreign keys to it', async () => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    const metadata = await reflect(database, { schemas: ['shop'], except: ['shop.customer', 'state'] })
    expect(tables(metadata)).toEqual(['Other.country', 'lone'])
    expect(metadata.description.views).toEqual([])
    const rest = await reflect(database, { schemas: ['shop'], except: ['customer'] })
    expect(rest.description.tables.find(({ name }) => name === 'orders')?.foreignKeys).toEqual([])
  })

  it('sends the same statements, 15 at most, in four round trips, whatever the number of tables', async () => {
    const proxy = await NetworkProxy.start(via(support.url).url)
    onTestFinished(() => proxy.stop())
    const sent = async (): Promise<readonly string[]> => {
      await using database = new AsyncDatabase({ ...via(support.url), url: proxy.urlFor(support.url) })
      // The connection's own first questions are not those of the reflection.
      await database.begin((session) => sql`select 1`.execute(session), { deferrable: false })
      proxy.recorder.clear()
      await reflect(database, { schemas: ['shop'] })
      expect(proxy.recorder.roundTrips).toBe(4)
      return proxy.recorder.executedSql
    }
    const few = await sent()
    await support.query(
      `do $$ begin for i in 1..200 loop execute format('create table shop.t%s (id int primary key)', i); end loop; end $$`,
    )
    expect(await sent()).toEqual(few)
    expect(few.length).toBeLessThanOrEqual(15)
  })

  it('reads through a session, in its transaction', async () => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    await using session = database.session()
    const metadata = await reflect(session, { schemas: ['shop'] })
    expect(tables(metadata)).toContain('orders')
    await session.rollback()
  })

  it('leaves the settings of a transaction that goes on as they were', async () => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    await using session = database.session()
    const settings = async () =>
      await sql`select current_setting('search_path') as path, current_setting('jit') as jit`.execute(session)
    await sql`select set_config('search_path', 'shop, public', true), set_config('jit', 'on', true)`.execute(
      session,
    )
    const { rows } = await settings()
    await reflect(session, { schemas: ['Other'] })
    expect((await settings()).rows).toEqual(rows)
    expect(rows).toEqual([{ path: 'shop, public', jit: 'on' }])
  })

  it('tells what a metadata cannot hold, as a warning unless asked', async () => {
    await support.query(`
      create schema rare; create table rare.thing (id integer);
      create conversion rare.odd for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1;
      create publication news for table rare.thing;
      create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
      create foreign table rare.far (id integer) server nowhere;
      create function rare.touch() returns trigger language plpgsql as 'begin return new; end';
      create trigger touched after insert on rare.far for each row execute function rare.touch();
      create type rare.shell; create function rare.shell_in(cstring) returns rare.shell language internal as 'textin' strict immutable;
      create function rare.shell_out(rare.shell) returns cstring language internal as 'textout' strict immutable;
      create type rare.shell (input = rare.shell_in, output = rare.shell_out, like = text);`)
    await using database = new AsyncDatabase({ url: support.url })
    const told: string[] = []
    await reflect(database, {
      schemas: ['rare'],
      onUnsupported: (objects) =>
        told.push(...objects.map(({ kind, schema, name }) => `${kind} ${schema ?? '-'} ${name}`)),
    })
    expect(told.sort()).toEqual([
      'base type rare shell',
      'conversion rare odd',
      'foreign data wrapper - nothing',
      'publication - news',
      'trigger of a foreign table rare touched',
    ])
    const warning = once(process, 'warning')
    await reflect(database, { schemas: ['rare'] })
    expect(String((await warning)[0])).toContain('conversion rare odd')
    await support.query(
      'drop schema rare cascade; drop publication news; drop foreign data wrapper nothing cascade',
    )
  })

  it.each([
    [{ schemas: ['nowhere'] }, 'There is no schema "nowhere"'],
    [{ schemas: ['shop'], only: ['order'] }, 'only names "order"'],
  ])('refuses %j', async (options, message) => {
    await using database = new AsyncDatabase({ ...via(support.url) })
    const failure: unknown = await reflect(database, options).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ReflectionError)
    expect(String(failure)).toContain(message)
  })

  it('says which right is missing', async () => {
    await support.query(`create role reflection_guest; grant reflection_guest to current_user`)
    await using database = new AsyncDatabase({ ...via(support.url) })
    await expect(reflect(database.with({ role: 'reflection_guest' }), { schemas: ['shop'] })).rejects.toThrow(
      'may not use the schema "shop"',
    )
    await support.query('drop role reflection_guest')
  })
})
