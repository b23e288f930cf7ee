-- One row per currency and day: its newest version.
with exchange_rates as (
    {{ judged('finance', 'exchange_rates') }}
)

select
    currency,
    rate_date,
    usd_rate,
    arrived_at
from exchange_rates
where fate = 'staged'
