-- The verdict on a campaign asks single models at other look-backs. Metrics and tables read the default one.
select
    attribution_model,
    {{ var('attribution_look_back_days') }} as look_back_days,
    true as is_default
from {{ ref('attribution_models') }}
union all
select
    attribution_model,
    look_back_days,
    false as is_default
from {{ ref('robustness_settings') }}
where look_back_days <> {{ var('attribution_look_back_days') }}
