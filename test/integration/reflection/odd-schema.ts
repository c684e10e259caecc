/**
 * What no builder makes: objects that become raw SQL, leftovers that become alterations, and names that need quotes.
 * Written for these tests, in the manner of the schemas that people have.
 */
export const ODD_SCHEMA = String.raw`
create extension citext;
create extension btree_gist;
create collation german (provider = icu, locale = 'de');
create type address as (street text collate "C", "Zip Code" varchar(10), lines text[]);
create type span as range (subtype = float8, subtype_diff = float8mi);
create type mood as enum ('sad', 'it''s \ ok', '');
create domain email as citext default 'x@y' constraint email_at check (value ~ '@');
create domain emails as email[] not null;
create domain shares as numeric constraint "needs a share" not null constraint more_than check (value > 0);
comment on constraint more_than on domain shares is 'More than none';
comment on constraint email_at on domain email is 'An @';
comment on type address is 'Where';

create function plus_one(integer) returns integer language sql immutable as 'select $1 + 1';
create function plus_one(text) returns text language sql immutable as $$ select $1 || '1' $$;
comment on function plus_one(text) is 'it''s text; really';
create procedure "Tidy Up"(inout n integer) language plpgsql as $body$ begin n := 1; -- $$
end $body$;
create function longer(text, text) returns text language sql immutable as 'select case when length($1) > length($2) then $1 else $2 end';
create aggregate longest(text) (sfunc = longer, stype = text, initcond = '', parallel = safe);
create function counted(bigint) returns bigint language sql immutable as 'select $1 + 1';
create aggregate how_many(*) (sfunc = counted, stype = bigint, initcond = '0');
comment on aggregate how_many(*) is 'Rows';
create function same_text(text, text) returns boolean language sql immutable as 'select $1 = $2';
create operator === (function = same_text, leftarg = text, rightarg = text, commutator = ===);
create function text_of(address) returns text language sql immutable as $$ select $1.street $$;
create cast (address as text) with function text_of(address) as assignment;
create text search configuration plain (copy = simple);
comment on text search configuration plain is 'Plain';
create text search dictionary words (template = simple, accept = false);
alter text search configuration plain alter mapping for word with words, simple;

create sequence order_numbers as integer start 1000 cache 10;
create sequence "odd owner" increment -1;
create table "Ördër ""Lines""" (
  "select" integer default nextval('order_numbers'),
  "a b" text collate german not null,
  "it's" mood default '',
  "constructor" address,
  "__proto__" email,
  "$" integer,
  "äöü" span,
  back bigint default nextval('"odd owner"'),
  "quoted ""name""" text[] [] default '{{a,"b c"}}',
  very_long_name_that_fills_all_the_sixty_three_bytes_of_a_name_x integer primary key,
  exact boolean generated always as ("a b" === 'x') stored,
  constraint "check" check ("a b" in ('it''s', 'x')),
  constraint "Unique!" unique ("select", "a b")
);
alter sequence "odd owner" owned by "Ördër ""Lines""".back;
alter table "Ördër ""Lines""" cluster on "Unique!";
alter table "Ördër ""Lines""" alter "a b" set (n_distinct = -0.5), alter "select" set statistics 77;
create index "odd index" on "Ördër ""Lines""" (lower("a b"), ("select" + 1) desc, "a b" collate "C" text_pattern_ops) where "a b" === 'y';
alter index "odd index" alter column 2 set statistics 200;
comment on index "Unique!" is 'By hand';
create statistics pairs (dependencies) on "select", "a b" from "Ördër ""Lines""";
alter statistics pairs set statistics 50;
comment on column "Ördër ""Lines"""."$" is E'back\\slash\nand line';

create table account (id serial primary key, name varchar(20) check (name in ('a', 'b')), parent integer references account,
  valid int4range, exclude using gist (valid with &&) where (id > 0));
create table "Account" (id integer primary key references account on delete cascade, unique (id) include (id));
create table visits (day date not null, account integer references account, note text default 'n', id integer not null)
  partition by range (day, lower(note) collate "C" text_pattern_ops);
create table visits_old (day date not null, account integer, note text not null default 'old', id integer not null);
comment on column visits_old.note is 'Old notes';
create index visits_account on visits (account, (lower(note)));
alter table visits attach partition visits_old for values from (minvalue, minvalue) to ('2020-01-01', minvalue);
alter table visits_old enable row level security;
create policy old on visits_old for select using (note <> '');
create table visits_new partition of visits for values from ('2020-01-01', minvalue) to (maxvalue, maxvalue) partition by list (account);
create table visits_none partition of visits_new for values in (null);
create unique index visits_none_id on visits_none (id);
create table remark (visit integer references visits_none (id));

create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touch before insert or update of name on account for each row when (new.name is not null) execute function touch('a', 'b''c');
alter table account disable trigger touch;
comment on trigger touch on account is 'Touched';
create constraint trigger late after insert on account deferrable initially deferred for each row execute function touch();
create trigger visit before insert on visits for each row execute function touch();
create trigger old_visit before delete on visits_old for each row execute function touch();
create rule keep as on delete to account where old.id = 0 do instead nothing;

create view names as select a.name, l."a b", count(*) filter (where a.id > 0) as "how many" from account a
  left join "Ördër ""Lines""" l on l."select" = a.id group by 1, 2;
create view b_names with (security_barrier) as select * from names where name = any (array['a', 'b']) with local check option;
create view a_of_b as select * from b_names;
comment on column names."how many" is 'Counted';
create recursive view deep (n) as values (1) union all select n + 1 from deep where n < 3;
create materialized view totals as select name, count(*) as n from account group by name with no data;
create unique index on totals (name);
create trigger writing instead of insert on names for each row execute function touch();
create function names_of(account) returns setof names language sql as $$ select * from names $$;
create type pair as (account account, mood mood[]);
create domain an_account as account check ((value).id > 0);
create type bit as enum ('on', 'off');
create type nothing as enum ();
create table of_nothing (nothing nothing, several nothing[]);
create table a_history (before account, after an_account, flag public.bit, mask bit varying(4)[]);
create table city (name text not null, population real default 0 check (population >= 0), mayor text);
create table capital (country char(2) not null unique) inherits (city);
create table kraal (cows integer, population real default 1) inherits (city);
create table capital_kraal (population real default 2) inherits (capital, kraal);
alter table kraal alter mayor set default 'none';
comment on column kraal.mayor is 'Who';
create extension file_fdw;
create server files foreign data wrapper file_fdw;
comment on server files is 'Here';
create foreign table dump (id integer not null, "Full Name" text options (force_not_null 'true') default 'x', check (id > 0))
  server files options (filename '/tmp/dump.csv', format 'csv');
comment on foreign table dump is 'Dumped';
comment on column dump.id is 'Number';
create view dumped as select * from dump;
create table log (day date) partition by range (day);
create table log_now partition of log default;
create foreign table log_dump partition of log for values from ('2020-01-01') to ('2021-01-01') server files options (filename '/tmp/log.csv');
create function forbid() returns event_trigger language plpgsql as $$ begin return; end $$;
create event trigger forbidden on ddl_command_end when tag in ('DROP TABLE', 'DROP VIEW') execute function forbid();
alter event trigger forbidden disable;
create table wares (name text not null, price numeric not null);
create table a_copy_of_wares (like wares);
create table shelf (room text, "the number of the shelf within its room" integer, "the letter that follows" char(1),
  primary key (room, "the number of the shelf within its room"), unique ("the letter that follows", room, "the number of the shelf within its room"));
create table volume (room text, "where it stands today" integer, "the letter that follows" char(1), home integer,
  foreign key (room, home) references shelf on delete cascade,
  foreign key ("the letter that follows", room, "where it stands today")
    references shelf ("the letter that follows", room, "the number of the shelf within its room"));
create schema odd_extensions;
create extension hstore schema odd_extensions;
create table kept (data odd_extensions.hstore default '', datas odd_extensions.hstore[]);
create index on kept using gin (data);
create function own_email(account) returns email language sql begin atomic select $1.name::email; end;
`
