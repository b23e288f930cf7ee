select
    "Campaign ID" as campaign_id,
    "Day" as performance_date,
    replace("Impr.", ',', '') as impressions,
    replace("Clicks", ',', '') as clicks,
    replace("Cost", ',', '') as spend
from read_csv('{exports}/Campaign report.csv', all_varchar = true, skip = 2, null_padding = true, strict_mode = false)
where "Campaign ID" is not null and "Day" like '2025%'
union all
select
    "Campaign ID" as campaign_id,
    "Day" as performance_date,
    replace("Impressions", ',', '') as impressions,
    replace("Link clicks", ',', '') as clicks,
    replace("Amount spent (KRW)", ',', '') as spend
from read_csv('{exports}/Meta-Ads.csv', all_varchar = true)
