with units as (
    select * from {{ ref('int_recommendation_units') }}
),

totals as (
    select
        slice_kind,
        model_name,
        model_version,
        slice,
        list_rank,
        count(*) as customers,
        cast(sum(shown) as bigint) as shown,
        cast(sum(clicked) as bigint) as clicked,
        1.0 * sum(clicked) / sum(shown) as click_rate
    from units
    group by slice_kind, model_name, model_version, slice, list_rank
),

-- What a customer clicks goes together: each adds to the error what the rate misses of it.
errors as (
    select
        units.slice_kind,
        units.model_name,
        units.model_version,
        units.slice,
        units.list_rank,
        {{ steady_sum('power(units.clicked - totals.click_rate * units.shown, 2)') }}
            as squares
    from units
    inner join totals
        on
            units.slice_kind = totals.slice_kind
            and units.model_name = totals.model_name
            and units.model_version = totals.model_version
            and units.slice = totals.slice
            and units.list_rank = totals.list_rank
    group by
        units.slice_kind,
        units.model_name,
        units.model_version,
        units.slice,
        units.list_rank
),

measured as (
    select
        totals.*,
        sqrt(errors.squares * totals.customers / nullif(totals.customers - 1, 0))
        / totals.shown as click_error,
        -- Items that know as much: never more than there are; where nobody or everybody
        -- clicked, each customer counts once.
        case
            when totals.customers < 2 then null
            when totals.clicked = 0 or totals.clicked = totals.shown
                then totals.customers
            else least(
                totals.shown,
                totals.click_rate * (1 - totals.click_rate)
                * power(totals.shown, 2) * (totals.customers - 1)
                / nullif(totals.customers * errors.squares, 0)
            )
        end as effective_shown
    from totals
    inner join errors
        on
            totals.slice_kind = errors.slice_kind
            and totals.model_name = errors.model_name
            and totals.model_version = errors.model_version
            and totals.slice = errors.slice
            and totals.list_rank = errors.list_rank
),

rates as (
    select
        slice_kind,
        model_name,
        model_version,
        slice,
        list_rank,
        customers,
        shown,
        clicked,
        click_rate,
        {{ wilson_low('click_rate * effective_shown', 'effective_shown') }}
            as click_rate_low,
        {{ wilson_high('click_rate * effective_shown', 'effective_shown') }}
            as click_rate_high,
        click_error
    from measured
)

select * from rates
