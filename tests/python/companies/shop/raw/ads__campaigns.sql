select distinct
    "Campaign ID" as campaign_id,
    'google' as platform,
    'paid_search' as channel,
    "Campaign" as campaign_name,
    'USD' as currency,
    '2025-01-01' as started_on
from read_csv('{exports}/Campaign report.csv', all_varchar = true, skip = 2, null_padding = true, strict_mode = false)
where "Campaign ID" is not null
union all
select distinct
    "Campaign ID" as campaign_id,
    'meta' as platform,
    'paid_social' as channel,
    "Campaign name" as campaign_name,
    'KRW' as currency,
    '2025-01-01' as started_on
from read_csv('{exports}/Meta-Ads.csv', all_varchar = true)
