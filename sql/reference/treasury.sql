-- Where the treasury tracker's numbers come from. Editing this file changes names and addresses; whether a source is active
-- and how often it is looked at is an administrator's decision, which stays.

insert into treasury.data_sources as held (name, type, base_url, check_every)
values
('SEC EDGAR', 'sec_edgar', 'https://www.sec.gov', '1 hour'),
('TSE', 'tse', 'https://www.release.tdnet.info', '1 hour'),
('HKEX', 'hkex', 'https://www1.hkexnews.hk', '1 hour'),
('GlobeNewswire', 'globenewswire', 'https://www.globenewswire.com', '1 hour'),
('PR Newswire', 'prnewswire', 'https://www.prnewswire.com', '1 hour'),
('Import', 'import', null, '1 hour'),
('Manual', 'manual', null, '1 hour')
on conflict (name) do update set type = excluded.type, base_url = excluded.base_url
where (held.type, held.base_url) is distinct from (excluded.type, excluded.base_url);
