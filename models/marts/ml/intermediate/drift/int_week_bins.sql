with feature_weeks as (
    select * from {{ ref('int_feature_weeks') }}
),

bins as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bin_number,
        reference_count,
        coalesce(upper_bound, {{ infinity() }}) as bound
    from {{ ref('feature_bins') }}
),

words as (
    select * from {{ ref('int_week_words') }}
),

entries as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        {{ each_of('bound_counts') }} as entry,
        week_start
    from feature_weeks
),

counted as (
    select
        entries.model_name,
        entries.model_version,
        entries.feature_name,
        entries.feature_kind,
        bins.bin_number,
        {{ field_at('entries.entry', 2) }} as value_count,
        0 as reference_count,
        0 as unseen_words,
        entries.week_start
    from entries
    inner join bins
        on
            entries.model_name = bins.model_name
            and entries.model_version = bins.model_version
            and entries.feature_name = bins.feature_name
            and entries.feature_kind = bins.feature_kind
            and {{ field_at('entries.entry', 1) }} = bins.bound
    union all
    select
        model_name,
        model_version,
        feature_name,
        'word' as feature_kind,
        bin_number,
        value_count,
        0 as reference_count,
        unseen_words,
        week_start
    from words
    union all
    select
        bins.model_name,
        bins.model_version,
        bins.feature_name,
        bins.feature_kind,
        bins.bin_number,
        0 as value_count,
        bins.reference_count,
        0 as unseen_words,
        feature_weeks.week_start
    from bins
    inner join feature_weeks
        on
            bins.model_name = feature_weeks.model_name
            and bins.model_version = feature_weeks.model_version
            and bins.feature_name = feature_weeks.feature_name
            and bins.feature_kind = feature_weeks.feature_kind
),

-- An empty bin of both says nothing.
held_against as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bin_number,
        cast(sum(value_count) as bigint) as value_count,
        cast(sum(reference_count) as bigint) as reference_count,
        cast(sum(unseen_words) as bigint) as unseen_words,
        bin_number > {{ var('drift_most_words') }} + 1
        and feature_kind = 'word' as is_unseen,
        week_start
    from counted
    group by
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bin_number,
        week_start
    having sum(value_count) > 0 or sum(reference_count) > 0
)

select * from held_against
