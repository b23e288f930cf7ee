-- Why: a visit that is no touch can get no credit.
-- Threshold: none, row by row, both ways.
-- A failure means: touchpoints drops, doubles, invents or alters sessions, or campaigns that begin inside them.
{% set visits %}
(
    select
        source_id as touchpoint_id,
        session_id,
        anonymous_id,
        customer_id,
        campaign_id,
        brand,
        channel
    from {{ ref('session_sources') }}
    where
        is_touch
        and not is_first
    union all
    select
        session_id as touchpoint_id,
        session_id,
        anonymous_id,
        customer_id,
        campaign_id,
        brand,
        channel
    from {{ ref('sessions') }}
    where is_touch
) as visits
{% endset %}
{{ rows_that_differ(visits, ref('touchpoints'), [
    'touchpoint_id',
    'session_id',
    'anonymous_id',
    'customer_id',
    'campaign_id',
    'brand',
    'channel',
]) }}
