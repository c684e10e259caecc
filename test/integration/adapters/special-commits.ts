/**
 * Makes COMMIT special by the name of a person: `slow …` takes 0.4 s, a name that exists twice is refused.
 *
 * Both act at COMMIT only, so that a response which left before it can be told from one that waited.
 */
export const SPECIAL_COMMITS = `
  create function slow_commit() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.4); return null; end $$;
  create constraint trigger slow_commit after insert on person deferrable initially deferred
    for each row when (new.name like 'slow%') execute function slow_commit();
  alter table person add constraint person_name_key unique (name) deferrable initially deferred;
`
