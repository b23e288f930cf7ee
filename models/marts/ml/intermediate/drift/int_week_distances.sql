with bins as (
    select
        *,
        cast(sum(value_count) over feature_week as bigint) as week_values,
        cast(sum(reference_count) over feature_week as bigint) as all_reference
    from {{ ref('int_week_bins') }}
    window feature_week as (
        partition by
            model_name, model_version, feature_name, feature_kind, week_start
    )
),

features as (
    select * from {{ ref('int_drift_features') }}
),

ks_distances as (
    select * from {{ ref('int_week_ks') }}
),

shares as (
    select
        *,
        1.0 * value_count / week_values as share,
        1.0 * reference_count / all_reference as reference_share
    from bins
    where week_values > 0 and all_reference > 0
),

parts as (
    select
        *,
        (share + reference_share) / 2 as middle,
        {{ psi_part('share', 'reference_share') }} as psi_part,
        power(
            sqrt(1.0 * all_reference / week_values) * value_count
            - sqrt(1.0 * week_values / all_reference) * reference_count,
            2
        ) / (value_count + reference_count) as chi_square_part
    from shares
),

measured as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        week_values,
        all_reference as reference_values,
        count(*) - 1 as degrees,
        cast(sum(unseen_words) as bigint) as unseen_words,
        cast(sum(case when is_unseen then value_count else 0 end) as bigint)
            as unseen_count,
        {{ steady_sum('psi_part') }} as psi,
        sqrt(greatest(0, {{ steady_sum(
            'case when share > 0 then share * log2(share / middle) else 0 end'
        ) }} + {{ steady_sum(
            'case when reference_share > 0
                then reference_share * log2(reference_share / middle)
            else 0 end'
        ) }}) / 2) as jensen_shannon,
        {{ steady_sum('abs(share - reference_share)') }} / 2 as variation_distance,
        {{ steady_sum('chi_square_part') }} as chi_square,
        week_start
    from parts
    group by
        model_name,
        model_version,
        feature_name,
        feature_kind,
        week_values,
        all_reference,
        week_start
),

-- How far words are apart is the largest difference of any set of them.
with_ks as (
    select
        measured.*,
        ks_distances.ks_distance,
        coalesce(ks_distances.ks_distance, measured.variation_distance) as distance
    from measured
    inner join features
        on
            measured.model_name = features.model_name
            and measured.model_version = features.model_version
            and measured.feature_name = features.feature_name
            and measured.feature_kind = features.feature_kind
    left join ks_distances
        on
            features.model_name = ks_distances.model_name
            and features.model_version = ks_distances.model_version
            and features.position = ks_distances.position
            and measured.week_start = ks_distances.week_start
)

select * from with_ks
