select
    md5(lower(trim("Email"))) as customer_id,
    coalesce(max("Billing Country"), 'KR') as country_code,
    min("Created at") as created_at
from read_csv('{exports}/orders_export_1.csv', all_varchar = true)
where "Email" is not null
group by 1
