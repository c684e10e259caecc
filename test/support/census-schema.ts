/**
 * SQL of a schema whose tables have as many of everything as the tables of 27 real schemas have on average: 7.7 columns,
 * 1.2 foreign keys, 1.8 indexes, every second a check, every third a trigger and a comment, every seventh a view.
 */
export function censusSchema(tables: number): string {
  return [
    ...times(tables / 10, (at) => `create type kind_${at} as enum ('a', 'b', 'c', 'd', 'e')`),
    ...times(
      tables / 30,
      (at) => `create domain amount_${at} as numeric(12, 2) constraint positive check (value >= 0)`,
    ),
    ...times(tables / 40, (at) => `create sequence number_${at} start 1000`),
    ...times(
      tables / 3,
      (at) => `create function touch_${at}() returns trigger language plpgsql as $body$
begin
  new.changed_at := now();
  if new.name is null then
    raise exception 'a name is needed in %', tg_table_name using errcode = 'not_null_violation';
  end if;
  return new;
end $body$`,
    ),
    ...times(
      tables / 6,
      (at) => `create function label_${at}(id bigint, name text default 'x') returns text
  language sql stable as $body$ select coalesce(name, '') || ' ' || id::text $body$`,
    ),
    ...times(tables, table),
    ...times(tables, (at) => parts(at, tables)).flat(),
    ...times(
      tables / 7,
      (at) =>
        `create view summary_${at} as select t.kind, t.owner_id, count(*) as how_many, max(t.changed_at) as latest
  from table_${at} t left join table_${at + 1} o on o.id = t.owner_id where t.is_active group by 1, 2`,
    ),
    '',
  ].join(';\n')
}

function table(at: number): string {
  const id = at % 2 === 0 ? 'id serial primary key' : 'id bigint generated always as identity primary key'
  const columns = [
    id,
    'name varchar(100) not null',
    `kind ${at % 4 === 0 ? `kind_${Math.floor(at / 40)}` : 'text'} not null default 'a'`,
    `owner_id ${at % 2 === 0 ? 'bigint' : 'integer'}`,
    `amount ${at % 8 === 0 ? `amount_${Math.floor(at / 240)}` : 'numeric(10, 2)'}`,
    'is_active boolean not null default true',
    ...(at % 4 === 1 ? ["tags text[] default '{}'", 'data jsonb'] : []),
    ...(at % 4 === 3 ? ['key uuid default gen_random_uuid()', 'parent_id bigint'] : []),
    'changed_at timestamp with time zone not null default now()',
    ...(at % 2 === 0 ? [`constraint table_${at}_check check (amount > 0 and name <> '')`] : []),
    ...(at % 10 === 0 ? ['unique (name, owner_id)'] : []),
  ]
  return `create table table_${at} (${columns.join(', ')})`
}

function parts(at: number, tables: number): readonly string[] {
  const name = `table_${at}`
  // An even table's owner is odd, so that the two keys are of one type.
  return [
    `alter table ${name} add foreign key (owner_id) references table_${(at + 1) % tables} on delete cascade`,
    `create index ${name}_owner on ${name} (owner_id)`,
    ...(at % 2 === 0 ? [`create index ${name}_name on ${name} (name)`] : []),
    ...(at % 4 === 3
      ? [
          `alter table ${name} add foreign key (parent_id) references ${name}`,
          `create unique index ${name}_key on ${name} (key) where is_active`,
        ]
      : []),
    ...(at % 20 === 1 ? [`create index ${name}_data on ${name} using gin (data)`] : []),
    ...(at % 20 === 2
      ? [`create index ${name}_lower on ${name} (lower(name) text_pattern_ops, kind desc)`]
      : []),
    ...(at % 3 === 0
      ? [
          `create trigger touch before insert or update on ${name} for each row execute function touch_${at / 3}()`,
          `comment on table ${name} is 'What is known of ${name}'`,
          `comment on column ${name}.owner_id is 'Whose it is'`,
        ]
      : []),
  ]
}

function times<T>(count: number, make: (at: number) => T): readonly T[] {
  return Array.from({ length: Math.ceil(count) }, (_, at) => make(at))
}
