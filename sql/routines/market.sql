-- The market's security page and its views.

call app.clear_security('market');
call app.let_jobs('market');

-- ---------------------------------------------------------------------------------------------------------------
-- Who sees what. The catalogue and all prices are public; who holds what is not.

grant select on market.assets, market.asset_prices, market.latest_prices, market.exchange_rates to holdfast_api;
create policy everyone_reads on market.assets for select to holdfast_api using (true);
create policy everyone_reads on market.asset_prices for select to holdfast_api using (true);
create policy everyone_reads on market.latest_prices for select to holdfast_api using (true);
create policy everyone_reads on market.exchange_rates for select to holdfast_api using (true);

grant insert, update on market.assets to holdfast_api;
create policy admins_insert on market.assets for insert to holdfast_api with check ((select app.is_admin()));
create policy admins_update on market.assets for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

grant select on market.corporate_actions to holdfast_api;
grant insert (asset_id, action_type, ex_date, pay_date, ratio, amount, currency, source)
on market.corporate_actions to holdfast_api;
create policy everyone_reads on market.corporate_actions for select to holdfast_api using (true);
create policy admins_insert on market.corporate_actions for insert to holdfast_api with check ((select app.is_admin()));

grant select on market.asset_holders to holdfast_api;
create policy own_rows on market.asset_holders for select to holdfast_api using (user_id = (select app.user_id()));

grant select on market.asset_keepers to holdfast_api;
create policy admins_read on market.asset_keepers for select to holdfast_api using ((select app.is_admin()));

grant select on market.backfill_queue to holdfast_api;
create policy holders_read on market.backfill_queue for select to holdfast_api
using ((select app.is_admin()) or asset_id in (
    select holder.asset_id from market.asset_holders as holder where holder.user_id = (select app.user_id())));

grant select on market.tracked_assets, market.source_health, market.price_flags to holdfast_api;
create policy admins_read on market.tracked_assets for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on market.source_health for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on market.price_flags for select to holdfast_api using ((select app.is_admin()));

create or replace trigger touch before update on market.assets
for each row execute function app.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------
-- Views over the one price history. security_invoker: a view must not see more than whoever reads it.

create or replace view market.latest_asset_prices with (security_invoker = true) as
select bar.*
from market.assets as asset
cross join lateral (
    select * from market.asset_prices where asset_id = asset.id order by timestamp desc limit 1
) as bar;
comment on view market.latest_asset_prices is 'The last daily bar of each asset: one index probe per asset.';

create or replace view market.latest_exchange_rates with (security_invoker = true) as
select distinct on (currency_code) currency_code, rate_to_usd, timestamp, source
from market.exchange_rates
order by currency_code, timestamp desc;

create or replace view market.crypto_prices with (security_invoker = true) as
select bar.asset_id, asset.symbol, bar.close as price_usd, bar.volume, bar.source, bar.timestamp
from market.asset_prices as bar
join market.assets as asset on asset.id = bar.asset_id
where asset.asset_type = 'crypto' and asset.native_currency = 'USD';

create or replace view market.stock_prices with (security_invoker = true) as
select bar.asset_id, asset.symbol as ticker, asset.exchange, asset.native_currency as currency,
    bar.open, bar.high, bar.low, bar.close, bar.volume, bar.source, bar.timestamp
from market.asset_prices as bar
join market.assets as asset on asset.id = bar.asset_id
where asset.asset_type = 'stock';

-- A rate is good for a week: the ECB's longest silence (Easter, Christmas) is five days. Older is unknown, not a guess.
create or replace function market.rate_to_usd(
    p_currency text, p_at timestamptz, p_max_age interval default interval '7 days')
returns table (rate_to_usd numeric, "timestamp" timestamptz, source text)
language sql stable
as $$
    select 1::numeric, p_at, 'definition' where p_currency = 'USD'
    union all
    (select held.rate_to_usd, held.timestamp, held.source
     from market.exchange_rates as held
     where held.currency_code = p_currency and p_currency <> 'USD'
         and held.timestamp <= p_at and held.timestamp >= p_at - p_max_age
     order by held.timestamp desc
     limit 1)
$$;
comment on function market.rate_to_usd is 'US dollars for one unit of a currency at a moment; no row where it is not known.';
grant execute on function market.rate_to_usd(text, timestamptz, interval) to holdfast_api, holdfast_jobs;

create or replace view market.market_data_cache with (security_invoker = true) as
select asset.id as asset_id, asset.symbol, asset.name, asset.exchange, asset.asset_type, latest.currency,
    trim_scale(round(latest.price * usd.rate_to_usd, 12)) as price_usd,
    trim_scale(round(latest.price * usd.rate_to_usd / aud.rate_to_usd, 12)) as price_aud,
    trim_scale(round(latest.volume_24h_value * usd.rate_to_usd, 12)) as volume_24h_usd,
    trim_scale(round(latest.volume_24h_value * usd.rate_to_usd / aud.rate_to_usd, 12)) as volume_24h_aud,
    trim_scale(round(latest.change_24h * usd.rate_to_usd, 12)) as change_24h,
    latest.change_percentage_24h,
    trim_scale(round(latest.market_cap * usd.rate_to_usd, 12)) as market_cap_usd,
    trim_scale(round(latest.market_cap * usd.rate_to_usd / aud.rate_to_usd, 12)) as market_cap_aud,
    trim_scale(round(latest.high_24h * usd.rate_to_usd, 12)) as high_24h,
    trim_scale(round(latest.low_24h * usd.rate_to_usd, 12)) as low_24h,
    latest.source, latest.as_of as last_updated
from market.latest_prices as latest
join market.assets as asset on asset.id = latest.asset_id
left join lateral market.rate_to_usd(latest.currency, now()) as usd on true
left join lateral market.rate_to_usd('AUD', now()) as aud on true;
comment on view market.market_data_cache is 'Latest prices in US and Australian dollars; null where a rate is not known.';

grant select on market.latest_asset_prices, market.latest_exchange_rates, market.crypto_prices, market.stock_prices,
    market.market_data_cache to holdfast_api, holdfast_jobs;
