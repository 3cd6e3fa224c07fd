-- Candidates: what somebody read in a document, or entered, held against what is known. treasury.propose_snapshots is the one
-- way in. Two statements about one day and amount may say more than that: shares, costs, a purchase. They agree only where
-- nothing that both say differs, and what only one of them says is not lost.

-- Half of the last place that a number is written to (207,638,000: 500; 39,266.5: 0.05), and never more than 0.5 % of it: an
-- even number may be meant to be even.
create or replace function treasury.rounding(p_stated numeric)
returns numeric
language sql immutable
return least(abs(p_stated) * 0.005, 0.5 * case
    when scale(trim_scale(p_stated)) > 0 then power(10::numeric, -scale(trim_scale(p_stated)))
    else power(10::numeric, length(trunc(p_stated)::text) - length(rtrim(trunc(p_stated)::text, '0'))) end);
comment on function treasury.rounding is 'How far what is meant may be from what is stated, by the places that it is stated to.';

-- Two numbers, each in a unit of its own. Null where one is not stated.
create or replace function treasury.differ(p_one numeric, p_other numeric, p_one_factor numeric default 1, p_other_factor numeric default 1)
returns boolean
language sql immutable
return abs(p_one * p_one_factor - p_other * p_other_factor)
    > treasury.rounding(p_one) * p_one_factor + treasury.rounding(p_other) * p_other_factor;
comment on function treasury.differ is 'Whether two stated numbers are two, by more than they are rounded.';

-- Basic shares of a snapshot, in whichever column they are.
create or replace function treasury.basic_shares(p_one treasury.holdings_snapshots)
returns numeric
language sql immutable
return case when (p_one).share_basis = 'basic' then (p_one).shares_outstanding else (p_one).shares_basic end;

create or replace function treasury.conflicts(
    p_one treasury.holdings_snapshots, p_other treasury.holdings_snapshots, p_share_asset_id bigint)
returns text[]
language sql stable
as $$
    select array_remove(array[
        case when own_money and treasury.differ((p_one).average_price, (p_other).average_price) then 'contradicts_average' end,
        case when own_money and treasury.differ((p_one).total_cost, (p_other).total_cost) then 'contradicts_cost' end,
        case when same_period and (treasury.differ((p_one).purchased, (p_other).purchased)
                 or own_money and treasury.differ((p_one).purchase_cost, (p_other).purchase_cost)) then 'contradicts_purchase' end,
        case when (p_one).share_basis = (p_other).share_basis
                 and treasury.differ((p_one).shares_outstanding, (p_other).shares_outstanding, factor.one, factor.other)
                 or treasury.differ(treasury.basic_shares(p_one), treasury.basic_shares(p_other), factor.one, factor.other)
            then 'contradicts_shares' end], null)
    from (select
        -- amounts of two currencies say nothing about each other
        coalesce((p_one).currency, (p_other).currency, '') = coalesce((p_other).currency, (p_one).currency, '') as own_money,
        coalesce((p_one).period_start = (p_other).period_start and (p_one).period_end = (p_other).period_end, false)
            as same_period) as compared
    cross join lateral (
        select case when (p_one).shares_outstanding is not null and (p_other).shares_outstanding is not null
                then treasury.split_factor(p_share_asset_id, coalesce((p_one).shares_unit_date, (p_one).snapshot_date)) end as one,
            case when (p_one).shares_outstanding is not null and (p_other).shares_outstanding is not null
                then treasury.split_factor(p_share_asset_id, coalesce((p_other).shares_unit_date, (p_other).snapshot_date))
            end as other
        offset 0) as factor
$$;
comment on function treasury.conflicts is
'What two statements about one day and amount both say, and not the same: contradicts_average, _cost, _purchase, _shares.';

-- The first statement, with what only the second one says.
create or replace function treasury.completed(
    p_held treasury.holdings_snapshots, p_more treasury.holdings_snapshots, p_share_asset_id bigint)
returns treasury.holdings_snapshots
language plpgsql stable
as $$
declare
    v_full treasury.holdings_snapshots := p_held;
    v_priced constant boolean := num_nonnulls(
        p_held.total_cost, p_held.average_price, p_held.purchase_cost, p_held.purchase_average_price) > 0;
    v_more_priced constant boolean := num_nonnulls(
        p_more.total_cost, p_more.average_price, p_more.purchase_cost, p_more.purchase_average_price) > 0;
    v_to_more numeric; -- how many shares of the second one's day a share of the first one's day is
begin
    if p_held.shares_outstanding is null then
        v_full.shares_outstanding := p_more.shares_outstanding;
        v_full.share_basis := p_more.share_basis;
        v_full.shares_basic := p_more.shares_basic;
        v_full.shares_unit_date := case when p_more.shares_outstanding is not null
            then coalesce(p_more.shares_unit_date, p_more.snapshot_date) end;
    elsif p_more.shares_outstanding is not null
        and (p_held.share_basis = 'basic' and p_more.share_basis <> 'basic'
             or treasury.basic_shares(p_held) is null and treasury.basic_shares(p_more) is not null)
    then
        v_to_more := treasury.split_factor(p_share_asset_id, coalesce(p_held.shares_unit_date, p_held.snapshot_date))
            / treasury.split_factor(p_share_asset_id, coalesce(p_more.shares_unit_date, p_more.snapshot_date));
        if p_held.share_basis = 'basic' then
            v_full.shares_basic := p_held.shares_outstanding * v_to_more;
            v_full.shares_outstanding := p_more.shares_outstanding;
            v_full.share_basis := p_more.share_basis;
            v_full.shares_unit_date := coalesce(p_more.shares_unit_date, p_more.snapshot_date);
        else
            v_full.shares_basic := treasury.basic_shares(p_more) / v_to_more;
        end if;
    end if;
    if v_more_priced and not v_priced then
        v_full.currency := coalesce(p_more.currency, p_held.currency);
    end if;
    if not v_priced or not v_more_priced
        or coalesce(p_held.currency, p_more.currency, '') = coalesce(p_more.currency, p_held.currency, '')
    then
        v_full.total_cost := coalesce(p_held.total_cost, p_more.total_cost);
        v_full.average_price := coalesce(p_held.average_price, p_more.average_price);
        if p_held.purchased is null
            or p_held.purchased = p_more.purchased and p_held.period_end is not distinct from p_more.period_end
        then
            v_full.purchase_cost := coalesce(p_held.purchase_cost, p_more.purchase_cost);
            v_full.purchase_average_price := coalesce(p_held.purchase_average_price, p_more.purchase_average_price);
        end if;
    end if;
    if p_held.purchased is null and p_more.purchased is not null then
        v_full.purchased := p_more.purchased;
        v_full.period_start := p_more.period_start;
        v_full.period_end := p_more.period_end;
    end if;
    return v_full;
end
$$;
comment on function treasury.completed is 'A statement about a day and amount, with what only another one about it says.';

create or replace function treasury.contradictions(p_one treasury.holdings_snapshots, p_share_asset_id bigint)
returns text[]
language sql stable
as $$
    select array(
        select distinct flag
        from treasury.holdings_snapshots as rival
        cross join unnest(treasury.conflicts(p_one, rival, p_share_asset_id)) as flag
        where rival.company_id = (p_one).company_id and rival.snapshot_date = (p_one).snapshot_date
            and rival.holdings = (p_one).holdings and rival.status in ('approved', 'pending')
            and rival.id is distinct from (p_one).id
        order by flag)
$$;
comment on function treasury.contradictions is 'What the others that are approved or wait for its day and amount say otherwise.';

-- All flags of a snapshot as things are now: the reader's own stay, the computed ones are computed.
create or replace function treasury.flags_now(p_one treasury.holdings_snapshots, p_share_asset_id bigint)
returns text[]
language sql stable
as $$
    select array(
        select flag from unnest((p_one).flags) as flag where flag <> all (treasury.computed_flags())
        union select unnest(treasury.snapshot_flags(
            (p_one).company_id, (p_one).id, (p_one).snapshot_date, (p_one).holdings, (p_one).shares_outstanding,
            (p_one).share_basis, (p_one).shares_unit_date, (p_one).confidence))
        union select unnest(treasury.contradictions(p_one, p_share_asset_id))
        order by 1)
$$;

-- A candidate as a row that is not stored. A count of which nobody says what it counts is not kept as one.
create or replace function treasury.as_snapshot(p_company_id bigint, p_candidate jsonb)
returns treasury.holdings_snapshots
language plpgsql stable
as $$
declare
    v_one treasury.holdings_snapshots;
begin
    v_one := jsonb_populate_record(null::treasury.holdings_snapshots, (
        select jsonb_object_agg(given.key, given.value)
        from jsonb_each(p_candidate) as given
        where given.key = any (array[
            'snapshot_date', 'holdings', 'shares_outstanding', 'share_basis', 'shares_basic', 'shares_unit_date', 'purchased',
            'period_start', 'period_end', 'purchase_cost', 'purchase_average_price', 'total_cost', 'average_price', 'currency',
            'source', 'accession', 'source_url', 'evidence', 'rule', 'confidence', 'flags', 'raw_data'])));
    v_one.company_id := p_company_id;
    v_one.status := 'pending';
    v_one.flags := coalesce(v_one.flags, '{}');
    v_one.corroborated_by := '{}';
    v_one.evidence := left(v_one.evidence, 4000);
    if not coalesce(v_one.shares_basic > 0 and v_one.shares_basic < 'Infinity', false) or v_one.share_basis = 'basic' then
        v_one.shares_basic := null;
    end if;
    if v_one.shares_outstanding > 0 and v_one.share_basis is null then
        v_one.flags := v_one.flags || text 'basis_unclear';
    end if;
    if not coalesce(v_one.shares_outstanding > 0 and v_one.shares_outstanding < 'Infinity' and v_one.share_basis is not null, false)
    then
        v_one.shares_outstanding := v_one.shares_basic;
        v_one.share_basis := case when v_one.shares_basic is not null then 'basic' end;
        v_one.shares_basic := null;
    end if;
    v_one.shares_unit_date := case when v_one.shares_outstanding is not null then v_one.shares_unit_date end;
    return v_one;
end
$$;

create or replace function treasury.is_usable(p_one treasury.holdings_snapshots)
returns boolean
language sql stable
return coalesce((p_one).holdings >= 0 and (p_one).holdings < 'Infinity'
                and (p_one).snapshot_date <= (now() at time zone 'UTC')::date + 1, false)
    and coalesce((p_one).period_start <= (p_one).period_end, true)
    and coalesce((p_one).confidence between 0 and 1, true)
    -- NaN sorts above Infinity
    and coalesce(least((p_one).purchase_cost, (p_one).purchase_average_price, (p_one).total_cost,
                       (p_one).average_price) >= 0, true)
    and coalesce(greatest((p_one).purchased, (p_one).purchase_cost, (p_one).purchase_average_price,
                          (p_one).total_cost, (p_one).average_price) < 'Infinity', true);

create or replace function treasury.is_approximate(p_one treasury.holdings_snapshots)
returns boolean
language sql immutable
return coalesce((p_one).raw_data ->> 'approximate' = 'true', false);

-- Which stored snapshot says what a candidate says: of its day, its amount (or what an approximate amount may mean), and
-- nothing that differs. One that says all of it first; of these the approved one.
create or replace function treasury.known_as(p_given treasury.holdings_snapshots, p_share_asset_id bigint)
returns treasury.holdings_snapshots
language sql stable
as $$
    select held.*
    from treasury.holdings_snapshots as held
    cross join lateral (
        select treasury.completed(held, p_given, p_share_asset_id) is distinct from held as lacks offset 0) as compared
    where held.company_id = (p_given).company_id and held.snapshot_date = (p_given).snapshot_date
        -- a reader's doubt about an approximate amount is no agreement
        and (held.holdings = (p_given).holdings
             or treasury.is_approximate(p_given) and (p_given).flags = '{}' and held.status in ('approved', 'pending')
                 and abs(held.holdings - (p_given).holdings) <= treasury.rounding((p_given).holdings))
        and treasury.conflicts(held, p_given, p_share_asset_id) = '{}'
        -- what was decided against stays so when the same document is read again
        and (held.status in ('approved', 'pending')
             or coalesce(held.accession, held.source_url) = coalesce((p_given).accession, (p_given).source_url)
                and not compared.lacks)
    order by compared.lacks, held.holdings = (p_given).holdings desc, held.status = 'approved' desc, held.status = 'pending' desc,
        held.id
    limit 1
$$;

-- A statement as it is kept beside another one: as text, since a JSON number would be rounded on its way to whoever looks.
create or replace function treasury.kept_beside(p_raw_data jsonb, p_name text, p_one treasury.holdings_snapshots)
returns jsonb
language sql stable
as $$
    select kept.raw_data || jsonb_build_object(p_name, coalesce(kept.raw_data -> p_name, '[]') || jsonb_build_array((
        select jsonb_object_agg(was.key, was.value)
        from jsonb_each_text(to_jsonb(p_one)) as was
        where was.value is not null and was.key = any (array[
            'id', 'holdings', 'shares_outstanding', 'share_basis', 'shares_basic', 'shares_unit_date', 'purchased',
            'period_start', 'period_end', 'purchase_cost', 'purchase_average_price', 'total_cost', 'average_price',
            'currency', 'source', 'source_id', 'accession', 'source_url', 'evidence', 'confidence']))))
    from (select case jsonb_typeof(p_raw_data) when 'object' then p_raw_data
                      when 'array' then jsonb_build_object('raw_data', p_raw_data) else '{}' end as raw_data) as kept
$$;

-- An approximate amount that waits is what an exact one says better: the exact statement takes its place, with its words.
create or replace function treasury.sharpen(p_given treasury.holdings_snapshots, p_share_asset_id bigint)
returns treasury.holdings_snapshots
language sql
as $$
    update treasury.holdings_snapshots as held
    set holdings = (p_given).holdings, evidence = (p_given).evidence, accession = (p_given).accession,
        source_url = (p_given).source_url, rule = (p_given).rule, source = coalesce((p_given).source, held.source),
        raw_data = treasury.kept_beside((p_given).raw_data, 'approximately', held)
    where held.id = (
        select near.id from treasury.holdings_snapshots as near
        where near.company_id = (p_given).company_id and near.snapshot_date = (p_given).snapshot_date
            and near.status = 'pending' and treasury.is_approximate(near) and (p_given).flags = '{}'
            and not treasury.is_approximate(p_given)
            and abs(near.holdings - (p_given).holdings) <= treasury.rounding(near.holdings)
            and treasury.conflicts(near, p_given, p_share_asset_id) = '{}'
        order by near.id
        limit 1)
    returning held.*
$$;

-- A second source stands beside a snapshot: what it said is kept there.
create or replace function treasury.corroborate(p_id bigint, p_source_id bigint, p_given treasury.holdings_snapshots)
returns void
language sql
as $$
    update treasury.holdings_snapshots as held
    set corroborated_by = held.corroborated_by || p_source_id,
        confidence = least(0.99, coalesce(
            1 - (1 - held.confidence) * (1 - (p_given).confidence), held.confidence, (p_given).confidence)),
        raw_data = treasury.kept_beside(held.raw_data, 'beside', p_given)
    where held.id = p_id
$$;

create or replace function treasury.store_candidate(p_one treasury.holdings_snapshots, p_share_asset_id bigint)
returns bigint
language sql
as $$
    insert into treasury.holdings_snapshots (
        company_id, snapshot_date, holdings, shares_outstanding, share_basis, shares_basic, shares_unit_date, purchased,
        period_start, period_end, purchase_cost, purchase_average_price, total_cost, average_price, currency, source,
        source_id, scraper_job_id, accession, source_url, evidence, rule, confidence, raw_data, flags)
    values (
        (p_one).company_id, (p_one).snapshot_date, (p_one).holdings, (p_one).shares_outstanding, (p_one).share_basis,
        (p_one).shares_basic, (p_one).shares_unit_date, (p_one).purchased, (p_one).period_start, (p_one).period_end,
        (p_one).purchase_cost, (p_one).purchase_average_price, (p_one).total_cost, (p_one).average_price, (p_one).currency,
        coalesce((p_one).source, (select own.name from treasury.data_sources as own where own.id = (p_one).source_id)),
        (p_one).source_id, (p_one).scraper_job_id, (p_one).accession, (p_one).source_url, (p_one).evidence, (p_one).rule,
        (p_one).confidence, (p_one).raw_data, treasury.flags_now(p_one, p_share_asset_id))
    returning id
$$;

-- p_candidates: [{snapshot_date, holdings, …, flags}, …] with the names of the table's columns. For each one row, in order:
-- created (pending), known (nothing new), corroborated (known from another source: its confidence rises), approved
-- (corroborated, and the company trusts that), or unusable (no date, a number that cannot be). What says more than an
-- approved one, or otherwise, is created: it waits as a proposal to correct it, with what only the approved one says.
create or replace function treasury.propose_snapshots(
    p_company_id bigint, p_source_id bigint, p_job_id bigint, p_candidates jsonb)
returns table (place integer, outcome text, id bigint, flags text[])
language plpgsql
security definer
set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_share bigint;
    v_place integer;
    v_candidate jsonb;
    v_given treasury.holdings_snapshots;
    v_known treasury.holdings_snapshots;
    v_full treasury.holdings_snapshots;
    v_beside treasury.holdings_snapshots;
    v_outcome text;
    v_id bigint;
    v_results jsonb := '[]';
    v_touched bigint[] := '{}';
    v_corroborated bigint[] := '{}';
    v_approved bigint[];
begin
    if coalesce(app.role(), '') not in ('job', 'admin') then
        raise exception 'candidates come from jobs and administrators' using errcode = 'insufficient_privilege';
    end if;
    -- two who have read the same create one snapshot between them
    select company.share_asset_id into v_share from treasury.companies as company
    where company.id = p_company_id for no key update;
    if not found then
        raise exception 'there is no company %', p_company_id using constraint = 'holdings_snapshots_company_id_fkey';
    end if;

    for v_place, v_candidate in
        select given.place, given.candidate
        from jsonb_array_elements(p_candidates) with ordinality as given (candidate, place)
        order by given.place
    loop
        v_given := treasury.as_snapshot(p_company_id, v_candidate);
        v_given.source_id := p_source_id;
        v_given.scraper_job_id := p_job_id;
        v_id := null;
        if not treasury.is_usable(v_given) then
            v_outcome := 'unusable';
        else
            v_known := treasury.known_as(v_given, v_share);
            if v_known.id is null then
                v_known := treasury.sharpen(v_given, v_share);
                v_touched := v_touched || array_remove(array[v_known.id], null);
            end if;
            if v_known.id is null then
                -- what is approved of its day and amount says otherwise, or nothing is; its own words go first
                select held.* into v_beside from treasury.holdings_snapshots as held
                where held.company_id = p_company_id and held.snapshot_date = v_given.snapshot_date
                    and held.holdings = v_given.holdings and held.status = 'approved';
                v_full := case when v_beside.id is null then v_given else treasury.completed(v_given, v_beside, v_share) end;
                v_id := treasury.store_candidate(v_full, v_share);
                v_outcome := 'created';
                v_touched := v_touched || v_id;
            else
                v_id := v_known.id;
                v_outcome := 'known';
                if v_known.status in ('approved', 'pending') and p_source_id is not null
                    -- a second document of the same source is no second source
                    and v_known.source_id is distinct from p_source_id and p_source_id <> all (v_known.corroborated_by)
                then
                    perform treasury.corroborate(v_id, p_source_id, v_given);
                    v_outcome := 'corroborated';
                    v_corroborated := v_corroborated || v_id;
                    v_touched := v_touched || v_id;
                end if;
                v_full := treasury.completed(v_known, v_given, v_share);
                if v_full is distinct from v_known and v_known.status = 'pending' then
                    update treasury.holdings_snapshots as held
                    set shares_outstanding = v_full.shares_outstanding, share_basis = v_full.share_basis,
                        shares_basic = v_full.shares_basic, shares_unit_date = v_full.shares_unit_date,
                        purchased = v_full.purchased, period_start = v_full.period_start, period_end = v_full.period_end,
                        purchase_cost = v_full.purchase_cost, purchase_average_price = v_full.purchase_average_price,
                        total_cost = v_full.total_cost, average_price = v_full.average_price, currency = v_full.currency
                    where held.id = v_id;
                    v_touched := v_touched || v_id;
                elsif v_full is distinct from v_known and v_known.status = 'approved' then
                    -- nothing is added to what a person has approved but by a person
                    v_given.holdings := v_known.holdings;
                    v_given.flags := v_given.flags || text 'adds';
                    v_id := treasury.store_candidate(treasury.completed(v_given, v_known, v_share), v_share);
                    v_outcome := 'created';
                    v_touched := v_touched || v_id;
                end if;
            end if;
        end if;
        v_results := v_results || jsonb_build_object('place', v_place, 'outcome', v_outcome, 'id', v_id);
    end loop;

    -- what is approved may have changed since, a risen confidence is not low any more, and of several that wait for one date
    -- each is told that it is not alone
    update treasury.holdings_snapshots as held
    set flags = judged.flags
    from treasury.holdings_snapshots as own
    cross join lateral (
        select case when own.id = any (v_touched) then treasury.flags_now(own, v_share)
            else array(
                select unnest(own.flags)
                union select flag from unnest(treasury.flags_now(own, v_share)) as flag where flag like 'contradicts%'
                order by 1) end as flags) as judged
    where held.id = own.id and own.company_id = p_company_id and own.status = 'pending'
        and own.snapshot_date in (
            select touched.snapshot_date from treasury.holdings_snapshots as touched where touched.id = any (v_touched))
        and held.flags <> judged.flags;

    v_approved := treasury.approve_corroborated(v_corroborated);
    return query
    select result.place, case when result.id = any (v_approved) and result.outcome = 'corroborated' then 'approved'
        else result.outcome end, result.id, coalesce(held.flags, '{}')
    from jsonb_to_recordset(v_results) as result (place integer, outcome text, id bigint)
    left join treasury.holdings_snapshots as held on held.id = result.id
    order by result.place;
end
$$;
comment on function treasury.propose_snapshots is 'The one way in for candidates: compares them with what is known.';
grant execute on function treasury.propose_snapshots(bigint, bigint, bigint, jsonb) to holdfast_api, holdfast_jobs;

-- Without anybody's look: where the company says so, two sources agree, confidence is what it asks for, and nothing is odd.
create or replace function treasury.approve_corroborated(p_ids bigint[])
returns bigint[]
language plpgsql
as $$
declare
    v_approved bigint[] := '{}';
    v_found record;
begin
    for v_found in
        select held.id, held.confidence, company.auto_approve_confidence as asked, cardinality(held.corroborated_by) + 1 as sources
        from treasury.holdings_snapshots as held
        join treasury.companies as company on company.id = held.company_id
        where held.id = any (p_ids) and held.status = 'pending' and cardinality(held.corroborated_by) > 0
            and held.confidence >= company.auto_approve_confidence and held.flags = '{}'
        order by held.snapshot_date, held.id
    loop
        perform treasury.approve_now(array[v_found.id], null, format(
            'automatically: %s sources agree, confidence %s where %s is asked for', v_found.sources,
            round(v_found.confidence, 4), v_found.asked));
        v_approved := v_approved || v_found.id;
    end loop;
    return v_approved;
end
$$;
