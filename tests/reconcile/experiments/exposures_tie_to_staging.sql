-- Why: an exposure lost here changes the split, and with it every result.
-- Threshold: none, by experiment, both ways; where experiments need consent (consent_required) some are left out.
-- A failure means: an exposure that was logged is in no unit, or in two.
with logged as (
    select
        experiment_id,
        count(*) as exposure_count
    from {{ ref('stg_experiments__exposures') }}
    group by experiment_id
),

kept as (
    select
        experiment_id,
        sum(exposure_count) as exposure_count
    from {{ ref('exposures') }}
    group by experiment_id
)

select
    logged.exposure_count as logged_count,
    kept.exposure_count as kept_count,
    coalesce(logged.experiment_id, kept.experiment_id) as experiment_id
from logged
full join kept
    on logged.experiment_id = kept.experiment_id
where
{%- if 'experiments' in var('consent_required') %}
    coalesce(kept.exposure_count, 0) > coalesce(logged.exposure_count, 0)
{%- else %}
    logged.exposure_count is distinct from kept.exposure_count
{%- endif %}
