with judged as (
    select
        *,
        case when feature_kind = 'score' then 'score' else 'feature' end as subject,
        case when verdict = 'drifted' then 1 else 0 end as is_drifted,
        case when verdict <> 'too_few' then 1 else 0 end as is_judged
    from {{ ref('int_drift') }}
    where is_final
),

-- A drift lasts to the last week judged; one that is over has no onset.
from_here_on as (
    select
        *,
        sum(is_drifted) over from_here as drifted_weeks,
        sum(is_judged) over from_here as judged_weeks
    from judged
    window from_here as (
        partition by model_name, model_version, feature_name, feature_kind
        order by week_start
        rows between current row and unbounded following
    )
),

onsets as (
    select
        model_name,
        model_version,
        feature_name,
        subject,
        max(week_start) as last_week,
        max(case when is_judged = 1 then week_start end) as last_judged_week,
        min(case
            when
                is_drifted = 1
                and drifted_weeks >= {{ var('drift_least_weeks') }}
                and drifted_weeks >= {{ var('drift_onset_share') }} * judged_weeks
                then week_start
        end) as onset_week
    from from_here_on
    group by model_name, model_version, feature_name, feature_kind, subject
)

select * from onsets
