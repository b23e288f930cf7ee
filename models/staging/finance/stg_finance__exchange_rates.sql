select
    currency,
    rate_date,
    usd_rate,
    arrived_at
from {{ ref('validated_finance__exchange_rates') }}
where row_status = 'staged'
