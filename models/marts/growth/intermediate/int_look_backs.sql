-- One row per look-back that journeys are built with: the default one, and those of the robustness settings.
select
    {{ var('attribution_look_back_days') }} as look_back_days,
    true as is_default
union all
select distinct
    look_back_days,
    false as is_default
from {{ ref('robustness_settings') }}
where look_back_days <> {{ var('attribution_look_back_days') }}
