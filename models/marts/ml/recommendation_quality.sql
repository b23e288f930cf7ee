{%- set days_until_final =
    var('recommendation_click_days') ~ ' + ' ~ var('recommendation_purchase_days') -%}

with counts as (
    select * from {{ ref('int_recommendation_counts') }}
),

rates as (
    select * from {{ ref('int_recommendation_rates') }}
    where slice_kind = 'month'
),

gains as (
    select * from {{ ref('int_recommendation_gains') }}
),

lifts as (
    select * from {{ ref('int_recommendation_lifts') }}
),

experiments as (
    select
        model_name,
        model_version,
        experiment_id
    from {{ ref('int_model_experiments') }}
    where is_deciding
),

covered as (
    select * from {{ covered_by(['ml.predictions', 'events.events', 'app.orders']) }}
),

left_out as (
    select * from {{ ref('int_recommendation_left_out') }}
),

slices as (
    select
        model_name,
        model_version,
        month,
        list_rank
    from counts
    union
    select
        model_name,
        model_version,
        month,
        list_rank
    from left_out
),

quality as (
    select
        slices.model_name,
        slices.model_version,
        slices.month,
        slices.list_rank,
        experiments.experiment_id,
        lifts.problem as click_lift_problem,
        coalesce(counts.requests, 0) as requests,
        coalesce(counts.shown, 0) as shown,
        coalesce(rates.shown, 0) as n_mature,
        coalesce(rates.customers, 0) as customers,
        coalesce(rates.clicked, 0) as clicked,
        rates.click_rate,
        rates.click_rate_low,
        rates.click_rate_high,
        coalesce(counts.clicked_so_far, 0) as clicked_so_far,
        coalesce(left_out.clicks_left_out, 0) as clicks_left_out,
        coalesce(counts.n_mature_clicks, 0) as n_mature_clicks,
        coalesce(counts.purchases, 0) as purchases,
        cast(counts.revenue as decimal(24, 6)) as revenue,
        counts.catalogue_share,
        gains.requests_with_click,
        gains.requests_without_click,
        gains.ndcg,
        lifts.click_lift,
        lifts.click_lift_low,
        lifts.click_lift_high,
        coalesce(counts.is_registered, false) as is_registered,
        {{ is_final(
            dbt.dateadd('day', days_until_final, dbt.last_day('slices.month', 'month')),
            'covered.covered_date'
        ) }} as is_final
    from slices
    cross join covered
    left join counts using (model_name, model_version, month, list_rank)
    left join left_out using (model_name, model_version, month, list_rank)
    left join lifts using (model_name, model_version, list_rank)
    left join experiments using (model_name, model_version)
    left join rates
        on
            slices.model_name = rates.model_name
            and slices.model_version = rates.model_version
            and slices.list_rank = rates.list_rank
            and cast(slices.month as varchar) = rates.slice
    left join gains
        on
            slices.model_name = gains.model_name
            and slices.model_version = gains.model_version
            and slices.month = gains.month
            and slices.list_rank = 'all'
)

select * from quality
