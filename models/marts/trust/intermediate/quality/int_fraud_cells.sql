with counts as (
    select * from {{ ref('int_fraud_counts') }}
),

as_of as (
    select
        covered_date,
        cast({{ dbt.dateadd(
            'day', '-' ~ var('fraud_maturity_days'), 'as_of_date'
        ) }} as date) as mature_date
    from {{ covered_by(['payments.payments', 'payments.disputes']) }}
),

months as (
    select
        *,
        cast({{ dbt.date_trunc('year', 'month_start') }} as date) as year_start,
        min(month_start) over (partition by model_name, model_version) as first_month
    from counts
),

grouped as (
    select
        months.*,
        windows.window_kind,
        kinds.group_kind,
        case windows.window_kind
            when 'month' then months.month_start
            when 'all' then months.first_month
            when 'half_year' then case
                when extract(month from months.month_start) < 7 then months.year_start
                else cast({{ dbt.dateadd('month', 6, 'months.year_start') }} as date)
            end
        end as window_start,
        case kinds.group_kind
            when 'country' then months.country_code
            when 'age_band' then months.age_band
            when 'brand' then months.brand
            else 'all'
        end as group_name
    from months
    cross join (values ('month'), ('half_year'), ('all')) as windows (window_kind)
    cross join (values ('all'), ('country'), ('age_band'), ('brand'))
        as kinds (group_kind)
),

summed as (
    select
        model_name,
        model_version,
        window_kind,
        group_kind,
        group_name,
        window_start,
        {%- for count in [
            'n', 'n_mature', 'n_flagged', 'n_labelled', 'n_confirmed',
            'n_flagged_labelled', 'n_flagged_confirmed', 'n_flagged_blocked',
            'n_blocked', 'n_unlabelled', 'n_missing_feature', 'n_with_features',
            'n_passed_weighed', 'n_passed_confirmed', 'n_stopped_weighed',
            'n_stopped_confirmed'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {%- for total in [
            'stopped_weight', 'stopped_weight_squares', 'stopped_confirmed_weight'
        ] %}
        {{ steady_sum(total) }} as {{ total }},
        {%- endfor %}
        {%- for total in [
            'amount_weight', 'amount_weight_squares', 'confirmed_amount_weight',
            'blocked_amount', 'passed_fraud_amount'
        ] %}
        {{ steady_sum(total, 6) }} as {{ total }},
        {%- endfor %}
        {{ steady_sum('score_total') }} as score_total
    from grouped
    group by
        model_name, model_version, window_kind, group_kind, group_name, window_start
),

dated as (
    select
        summed.*,
        case summed.window_kind
            when 'month'
                then {{ dbt.dateadd('month', 1, 'summed.window_start') }}
            when 'half_year'
                then {{ dbt.dateadd('month', 6, 'summed.window_start') }}
            else {{ dbt.dateadd('day', 1, 'as_of.mature_date') }}
        end as next_window,
        as_of.covered_date
    from summed
    cross join as_of
),

ended as (
    select
        *,
        cast({{ dbt.dateadd('day', -1, 'next_window') }} as date) as window_end
    from dated
),

cells as (
    select
        *,
        window_kind <> 'all'
        and {{ is_final(
            dbt.dateadd('day', var('fraud_maturity_days'), 'window_end'), 'covered_date'
        ) }} as is_final
    from ended
)

select * from cells
