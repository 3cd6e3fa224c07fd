-- mNAV by day. The price of a day is its bar's close, or the last one before it as long as that is fresh; the latest quote
-- stands in for the close of its day until that has a bar.

create or replace function treasury.price_on(p_asset_id bigint, p_day date)
returns table (price numeric, currency text, priced_at timestamptz)
language sql stable
as $$
    select known.price, asset.native_currency, known.at
    from market.assets as asset
    cross join lateral (
        select bar.price, bar.at
        from treasury.close_at(asset.id, (p_day + 1)::timestamp at time zone 'UTC', true) as bar
        union all
        select latest.price, latest.as_of
        from market.latest_prices as latest
        where latest.asset_id = asset.id and latest.as_of < (p_day + 1)::timestamp at time zone 'UTC'
    ) as known
    where asset.id = p_asset_id
    order by known.at desc
    limit 1
$$;
comment on function treasury.price_on is 'The last price that was known at the end of a day, and the moment it is of; in today''s shares.';

create or replace function treasury.valued_fields() returns text[]
language sql immutable parallel safe
return array['current_holdings', 'market_cap', 'shares_basic', 'shares_assumed_diluted', 'shares_fully_diluted', 'total_debt',
    'preferred_equity', 'cash'];
comment on function treasury.valued_fields is 'The fields that what the market pays is computed from, as overrides call them.';
grant execute on function treasury.valued_fields() to holdfast_api, holdfast_jobs;

create or replace function treasury.mnav_on(p_day date)
returns setof treasury.mnav_snapshots
language sql stable
as $$
    with moment as materialized (
        select (p_day + 1)::timestamp at time zone 'UTC' as at
    ), rates as materialized (
        select usd.currency, usd.rate from moment cross join lateral treasury.rates_at(moment.at) as usd
    ), assets as materialized (
        select company.asset_id as id from treasury.companies as company where company.is_active
        union
        select company.share_asset_id from treasury.companies as company where company.is_active
    ), prices as materialized (
        select assets.id, known.*, usd.rate
        from assets
        cross join lateral treasury.price_on(assets.id, p_day) as known
        left join rates as usd on usd.currency = known.currency
    )
    select held.company_id, p_day, held.holdings, figure.coin_price_usd, figure.share_price_usd, figure.holdings_value,
        figure.market_cap_usd, figure.market_cap_method, figure.mnav_basic, figure.mnav_diluted, figure.mnav_ev,
        coalesce((select jsonb_object_agg(own.name, figure.reasons -> own.reason)
                  from (values ('coin_price_usd', 'coin_price_usd'), ('share_price_usd', 'share_price_usd'),
                            ('holdings_value_usd', 'holdings_value'), ('market_cap_usd', 'market_cap_usd'),
                            ('mnav_basic', 'mnav_basic'), ('mnav_diluted', 'mnav_diluted'), ('mnav_ev', 'mnav_ev')
                       ) as own (name, reason)
                  where figure.reasons ? own.reason), '{}'), now(),
        case when held.overridden = '{}' then held.overridden else coalesce((
            select jsonb_object_agg(own.key, own.value) from jsonb_each(held.overridden) as own
            where own.key = any (treasury.valued_fields())), '{}') end
    from moment
    cross join lateral treasury.companies_at(moment.at, p_day) as held
    left join prices as coin on coin.id = held.asset_id
    left join prices as share on share.id = held.share_asset_id
    left join rates as cap_rate on cap_rate.currency = held.market_cap_currency
    left join rates as debt_rate on debt_rate.currency = held.total_debt_currency
    left join rates as preferred_rate on preferred_rate.currency = held.preferred_equity_currency
    left join rates as cash_rate on cash_rate.currency = held.cash_currency
    cross join lateral treasury.figures(
        moment.at, held.holdings, held.snapshot_date, coin.price, coin.priced_at, coin.rate, null, null,
        share.price, share.priced_at, share.rate, held.shares_basic, held.shares_basic_date,
        held.shares_assumed_diluted, held.shares_assumed_diluted_date, held.shares_fully_diluted, held.shares_fully_diluted_date,
        held.market_cap, held.market_cap_date, cap_rate.rate, held.total_debt, held.total_debt_date, debt_rate.rate,
        held.preferred_equity, held.preferred_equity_date, preferred_rate.rate, held.cash, held.cash_date, cash_rate.rate,
        null, null, null) as figure
    where held.holdings is not null
$$;
comment on function treasury.mnav_on is
'mNAV at the end of a day (UTC) of companies that held something by then: that day''s prices, and what was in force.';

create or replace function treasury.snapshot_mnav(p_day date)
returns bigint
language sql
as $$
    with stored as (
        insert into treasury.mnav_snapshots as held
        select * from treasury.mnav_on(p_day)
        on conflict (company_id, day) do update
            set holdings = excluded.holdings, coin_price_usd = excluded.coin_price_usd,
                share_price_usd = excluded.share_price_usd, holdings_value_usd = excluded.holdings_value_usd,
                market_cap_usd = excluded.market_cap_usd, market_cap_method = excluded.market_cap_method,
                mnav_basic = excluded.mnav_basic, mnav_diluted = excluded.mnav_diluted, mnav_ev = excluded.mnav_ev,
                reasons = excluded.reasons, overridden = excluded.overridden, created_at = now()
            where (held.holdings, held.coin_price_usd, held.share_price_usd, held.holdings_value_usd, held.market_cap_usd,
                   held.market_cap_method, held.mnav_basic, held.mnav_diluted, held.mnav_ev, held.reasons, held.overridden)
                is distinct from (
                    excluded.holdings, excluded.coin_price_usd, excluded.share_price_usd, excluded.holdings_value_usd,
                    excluded.market_cap_usd, excluded.market_cap_method, excluded.mnav_basic, excluded.mnav_diluted,
                    excluded.mnav_ev, excluded.reasons, excluded.overridden)
        returning 1
    ), gone as (
        -- what held something by then when the day was taken first, and does not any more (a snapshot was rejected)
        delete from treasury.mnav_snapshots as held
        using treasury.companies as company
        where held.day = p_day and company.id = held.company_id and company.is_active
            and not exists (select from treasury.mnav_on(p_day) as now_known where now_known.company_id = held.company_id)
        returning 1
    )
    select (select count(*) from stored) + (select count(*) from gone)
$$;
comment on function treasury.snapshot_mnav is 'Keeps the mNAV of a day; may be run again for any day. Returns the rows that changed.';

grant execute on function treasury.price_on(bigint, date) to holdfast_api, holdfast_jobs;
grant execute on function treasury.mnav_on(date), treasury.snapshot_mnav(date) to holdfast_jobs;
