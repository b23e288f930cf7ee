select
    id as customer_id,
    -- An account without an address is taken to be where its currency is.
    coalesce(address_country, case currency when 'krw' then 'KR' else 'US' end) as country_code,
    cast(to_timestamp(cast(created as bigint)) at time zone 'UTC' as varchar) as created_at
from read_csv('{exports}/customers.csv', all_varchar = true)
