with items as (
    select
        model_name,
        model_version,
        list_id,
        list_rank,
        position,
        is_clicked,
        {{ month_of(reporting_date('predicted_at')) }} as month
    from {{ ref('int_recommendation_items') }}
    where
        is_shown
        and is_mature
),

placed as (
    select
        *,
        1 / log2(1 + row_number() over (
            partition by model_name, model_version, list_id
            order by list_rank, position
        )) as discount,
        row_number() over (
            partition by model_name, model_version, list_id
            order by list_rank, position
        ) as place,
        count(case when is_clicked then 1 end) over (
            partition by model_name, model_version, list_id
        ) as clicks
    from items
),

-- Items of one rank stand in no order: each has the mean discount of their places.
gained as (
    select
        model_name,
        model_version,
        list_id,
        month,
        clicks,
        case
            when is_clicked
                then avg(discount) over (
                    partition by model_name, model_version, list_id, list_rank
                )
        end as gain,
        case when place <= clicks then discount end as best_gain
    from placed
),

requests as (
    select
        model_name,
        model_version,
        list_id,
        month,
        max(clicks) as clicks,
        {{ steady_sum('gain') }} / nullif({{ steady_sum('best_gain') }}, 0) as ndcg
    from gained
    group by model_name, model_version, list_id, month
),

gains as (
    select
        model_name,
        model_version,
        month,
        count(case when clicks > 0 then 1 end) as requests_with_click,
        count(case when clicks = 0 then 1 end) as requests_without_click,
        {{ steady_sum('ndcg') }} / nullif(count(ndcg), 0) as ndcg
    from requests
    group by model_name, model_version, month
)

select * from gains
