with shares as (
    select
        node_id,
        measure,
        kind,
        hits,
        n,
        is_known,
        {{ day_number('measured_date') }} as day_number,
        measured_date
    from {{ ref('daily_measures') }}
    where kind in ('share', 'share of values') and n > 0
),

-- All frames end the day before the one that is judged. A day of many more rows than
-- usual counts as a few usual ones.
weighted as (
    select
        *,
        coalesce(
            least(1, {{ var('day_weight') }} * median(n) over earlier / n), 1
        ) as weight
    from shares
    window earlier as {{ days_before() }}
),

summed as (
    select
        *,
        count(*) over earlier as earlier_days,
        {{ sum_over('hits * weight', 'earlier') }} as earlier_hits,
        {{ sum_over('n * weight', 'earlier') }} as earlier_n,
        sum(hits) over ever as hits_ever,
        sum(n) over ever as n_ever
    from weighted
    window
        earlier as {{ days_before() }},
        ever as {{ days_before('unbounded') }}
),

expected as (
    select
        *,
        (earlier_hits + 0.5) / (earlier_n + 1) as share
    from summed
),

errors as (
    select
        *,
        power(hits - n * share, 2)
        / greatest(n * share * (1 - share) * (1 + n / earlier_n), 0.25) as squared_error
    from expected
),

{{ capped_errors('errors') }},

-- What the same share missed by on the days before: never less than drawing itself, nor
-- than not knowing the share.
dispersed as (
    select
        *,
        greatest(1, {{ mean_over('capped_error', 'earlier') }}) * (
            1 + {{ var('few_days_penalty') }} / (1.0 + count(capped_error) over earlier)
        ) * (1 + n / earlier_n) as dispersion
    from capped
    window earlier as {{ days_before() }}
),

described as (
    select
        node_id,
        measure,
        kind,
        hits,
        n,
        share,
        dispersion,
        earlier_days,
        earlier_n,
        hits_ever,
        n_ever,
        is_known,
        measured_date
    from dispersed
)

select * from described
