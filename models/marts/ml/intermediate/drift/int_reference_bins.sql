with reference_values as (
    select * from {{ ref('int_reference_values') }}
),

number_bounds as (
    select
        *,
        row_number() over feature as bin_number,
        lag(bound) over feature as lower_bound
    from {{ ref('int_number_bins') }}
    window feature as (
        partition by model_name, model_version, feature_name, feature_kind
        order by bound
    )
),

number_counts as (
    select
        number_bounds.model_name,
        number_bounds.model_version,
        number_bounds.feature_name,
        number_bounds.feature_kind,
        number_bounds.bin_number,
        number_bounds.lower_bound,
        nullif(number_bounds.bound, {{ infinity() }}) as upper_bound,
        count(reference_values.number) as reference_count
    from number_bounds
    left join reference_values
        on
            number_bounds.model_name = reference_values.model_name
            and number_bounds.model_version = reference_values.model_version
            and number_bounds.feature_name = reference_values.feature_name
            and number_bounds.feature_kind = reference_values.feature_kind
            and number_bounds.bound >= reference_values.number
            and coalesce(number_bounds.lower_bound < reference_values.number, true)
    group by
        number_bounds.model_name,
        number_bounds.model_version,
        number_bounds.feature_name,
        number_bounds.feature_kind,
        number_bounds.bin_number,
        number_bounds.lower_bound,
        number_bounds.bound
),

word_counts as (
    select
        model_name,
        model_version,
        feature_name,
        word,
        count(*) as reference_count,
        row_number() over (
            partition by model_name, model_version, feature_name
            order by count(*) desc, word
        ) as place
    from reference_values
    where word is not null
    group by model_name, model_version, feature_name, word
),

-- A word of few would say who they are. Those seen once stand for words never seen: by
-- Good and Turing the next word is as likely to be new as the share of those.
word_bins as (
    select
        *,
        case
            when reference_count = 1 then {{ var('drift_most_words') }} + 2
            when
                place <= {{ var('drift_most_words') }}
                and reference_count >= {{ var('smallest_cell') }}
                then place
            else {{ var('drift_most_words') }} + 1
        end as bin_number
    from word_counts
),

bins as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        cast(null as varchar) as word,
        cast(bin_number as integer) as bin_number,
        reference_count,
        lower_bound,
        upper_bound
    from number_counts
    union all
    select
        model_name,
        model_version,
        feature_name,
        'word' as feature_kind,
        max(case when bin_number <= {{ var('drift_most_words') }} then word end)
            as word,
        cast(bin_number as integer) as bin_number,
        cast(sum(reference_count) as bigint) as reference_count,
        null as lower_bound,
        null as upper_bound
    from word_bins
    group by model_name, model_version, feature_name, bin_number
)

select * from bins
