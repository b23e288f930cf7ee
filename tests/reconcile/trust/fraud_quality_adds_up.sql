-- Why: a rate of a group that lost payments looks as good as any other.
-- Threshold: none. By version and month, groups of a kind add up to the scored payments of payment_labels.
-- A failure means: fraud_quality drops or doubles payments of a group, or mature ones.
with scored as (
    select
        model_name,
        model_version,
        {{ month_of('attempted_date') }} as month_start,
        count(*) as n,
        count(case when is_mature then 1 end) as n_mature,
        count(case when is_mature and is_flagged then 1 end) as n_flagged,
        count(case when is_mature and label in ('clean', 'confirmed') then 1 end)
            as n_labelled
    from {{ ref('payment_labels') }}
    where is_flagged is not null
    group by model_name, model_version, {{ month_of('attempted_date') }}
),

expected as (
    select
        scored.*,
        kinds.group_kind
    from scored
    cross join (values ('all'), ('country'), ('age_band')) as kinds (group_kind)
),

found as (
    select
        model_name,
        model_version,
        month_start,
        group_kind,
        sum(n) as n,
        sum(n_mature) as n_mature,
        sum(n_flagged) as n_flagged,
        sum(n_labelled) as n_labelled
    from {{ ref('fraud_quality') }}
    group by model_name, model_version, month_start, group_kind
)

select
    coalesce(expected.model_name, found.model_name) as model_name,
    coalesce(expected.model_version, found.model_version) as model_version,
    coalesce(expected.month_start, found.month_start) as month_start,
    coalesce(expected.group_kind, found.group_kind) as group_kind,
    expected.n as expected_n,
    found.n as found_n
from expected
full join found
    on
        expected.model_name = found.model_name
        and expected.model_version = found.model_version
        and expected.month_start = found.month_start
        and expected.group_kind = found.group_kind
where
    expected.n is distinct from found.n
    or expected.n_mature is distinct from found.n_mature
    or expected.n_flagged is distinct from found.n_flagged
    or expected.n_labelled is distinct from found.n_labelled
