with windows as (
    select * from {{ ref('int_challenger_windows') }}
),

payments as (
    select
        model_name,
        model_version,
        attempted_at
    from {{ ref('int_training_payments') }}
),

drifts as (
    select
        model_name,
        model_version,
        drift_at
    from {{ ref('int_model_drifts') }}
),

version_counts as (
    select
        windows.model_name,
        windows.cutoff_date,
        payments.model_version,
        count(*) as payment_count
    from windows
    inner join payments
        on
            windows.model_name = payments.model_name
            and windows.cutoff_at <= payments.attempted_at
            and windows.judge_to_at > payments.attempted_at
    group by windows.model_name, windows.cutoff_date, payments.model_version
),

-- The champion is the version that scored most of the payments judged.
champions as (
    select
        model_name,
        cutoff_date,
        max_by(model_version, (payment_count, model_version)) as champion_version
    from version_counts
    group by model_name, cutoff_date
),

-- The gain before is of payments from before both the drift and what was learnt from.
cutoffs as (
    select
        windows.model_name,
        champions.champion_version,
        windows.cutoff_date,
        windows.is_final,
        coalesce(
            windows.is_final
            and windows.cutoff_date = max(
                case when windows.is_final then windows.cutoff_date end
            ) over (partition by windows.model_name),
            false
        ) as is_deciding,
        windows.cutoff_at,
        windows.learn_from_at,
        windows.learn_to_at,
        least(windows.judge_to_at, windows.mature_until_at) as judge_to_at,
        drifts.drift_at,
        {{ dbt.dateadd(
            'day',
            '-' ~ var('challenger_before_days'),
            'least(drifts.drift_at, windows.learn_from_at)'
        ) }} as before_from_at,
        case
            when drifts.drift_at is not null
                then least(drifts.drift_at, windows.learn_from_at)
        end as before_to_at
    from windows
    left join champions
        on
            windows.model_name = champions.model_name
            and windows.cutoff_date = champions.cutoff_date
    left join drifts
        on
            windows.model_name = drifts.model_name
            and champions.champion_version = drifts.model_version
)

select * from cutoffs
