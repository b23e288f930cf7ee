-- Amounts are of what was not declined: nothing else can be lost or refused.
with scored as (
    select
        model_name,
        model_version,
        brand,
        country_code,
        age_band,
        cast(floor(cast(score as decimal(18, 12)) * 100) as integer) as score_step,
        is_flagged,
        case when label in ('confirmed', 'clean') then label_weight end as weight,
        coalesce(label = 'confirmed', false) as is_confirmed,
        case when unlabelled_reason = 'declined' then 0 else amount end as amount
    from {{ ref('payment_labels') }}
    where is_flagged is not null and is_mature
),

grouped as (
    select
        scored.*,
        case
            when scored.weight is not null
                then least(scored.weight * scored.amount, 1000000000)
        end as amount_weight,
        kinds.group_kind,
        case kinds.group_kind
            when 'country' then scored.country_code
            when 'age_band' then scored.age_band
            when 'brand' then scored.brand
            else 'all'
        end as group_name
    from scored
    cross join (values ('all'), ('country'), ('age_band'), ('brand'))
        as kinds (group_kind)
),

steps as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        score_step,
        is_flagged,
        count(*) as n,
        count(weight) as n_weighed,
        count(case when weight is not null and not is_confirmed then 1 end) as n_clean,
        {{ steady_sum('coalesce(weight, 0)') }} as weight,
        {{ steady_sum('coalesce(power(weight, 2), 0)') }} as weight_squares,
        {{ steady_sum('case when is_confirmed then coalesce(weight, 0) else 0 end') }}
            as confirmed_weight,
        {{ steady_sum('amount', 6) }} as amount,
        {{ steady_sum('coalesce(amount_weight, 0)', 6) }} as amount_weight,
        {{ steady_sum('coalesce(power(amount_weight, 2), 0)', 6) }}
            as amount_weight_squares,
        {{ steady_sum(
            'case when is_confirmed then coalesce(amount_weight, 0) else 0 end', 6
        ) }} as confirmed_amount_weight
    from grouped
    group by
        model_name, model_version, group_kind, group_name, score_step, is_flagged
)

select * from steps
