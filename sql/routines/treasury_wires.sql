-- Newswires. A feed is everybody's and has only its newest releases: it is fetched once for all companies, by one worker at a
-- time, and what it had is kept for some days.

-- Whether a worker is to fetch the feed ('mine': nobody has lately, and nobody is at it), may read what is there ('fresh'), or
-- waits for the one that is fetching ('theirs').
create or replace function treasury.take_feed(p_wire text, p_fresh interval, p_lease interval)
returns text
language plpgsql
as $$
declare
    v_now constant timestamptz := clock_timestamp();
begin
    insert into treasury.wire_feeds (wire) values (p_wire) on conflict (wire) do nothing;
    update treasury.wire_feeds as held
    set fetching_since = v_now
    where held.wire = p_wire and coalesce(held.fetched_at, '-infinity') < v_now - p_fresh
        and coalesce(held.fetching_since, '-infinity') < v_now - p_lease;
    if found then
        return 'mine';
    end if;
    return (
        select case when held.fetched_at >= v_now - p_fresh then 'fresh' else 'theirs' end
        from treasury.wire_feeds as held where held.wire = p_wire);
end
$$;
comment on function treasury.take_feed is 'mine: fetch the feed; fresh: what is stored will do; theirs: another worker is fetching it.';

-- p_releases: [{link, title, at, issuer, listings, description}, …]. Returns how many were not known.
create or replace function treasury.keep_feed(p_wire text, p_releases jsonb, p_unreadable integer, p_keep interval)
returns bigint
language sql
as $$
    update treasury.wire_feeds
    set fetched_at = clock_timestamp(), fetching_since = null, releases = jsonb_array_length(p_releases),
        unreadable = p_unreadable
    where wire = p_wire;

    delete from treasury.wire_releases as held
    where held.wire = p_wire and held.seen_at < now() - p_keep
        and held.link not in (select release ->> 'link' from jsonb_array_elements(p_releases) as release);

    with added as (
        insert into treasury.wire_releases (wire, link, title, at, issuer, listings, description)
        select distinct on (link) p_wire, link, title, at, issuer, listings, description
        from jsonb_to_recordset(p_releases) as release (
            link text, title text, at timestamptz, issuer text, listings text[], description text)
        order by link
        on conflict (wire, link) do nothing
        returning 1
    )
    select count(*) from added
$$;
comment on function treasury.keep_feed is 'What a feed had, beside what it had before; older releases that it has no more go.';

create or replace function treasury.leave_feed(p_wire text)
returns void
language sql
as $$ update treasury.wire_feeds set fetching_since = null where wire = p_wire $$;
comment on function treasury.leave_feed is 'The feed could not be fetched: the next worker may try.';

grant execute on function treasury.take_feed(text, interval, interval),
    treasury.keep_feed(text, jsonb, integer, interval), treasury.leave_feed(text)
to holdfast_jobs;
