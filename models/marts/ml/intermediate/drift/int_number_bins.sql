{%- set shares = range(1, 10) -%}

with reference_values as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        number
    from {{ ref('int_reference_values') }}
    where number is not null
),

measured as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        {%- for share in shares %}
        {{ quantile('number', share / 10) }} as decile_{{ share }},
        {%- endfor %}
        min(number) as smallest,
        count(distinct number) <= {{ var('drift_few_values') }} as has_few_values
    from reference_values
    group by model_name, model_version, feature_name, feature_kind
),

deciles as (
    {%- for share in shares %}
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        smallest,
        decile_{{ share }} as bound
    from measured
    where not has_few_values and abs(decile_{{ share }}) < {{ infinity() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A value that many have is a bin of its own, with a bound just below it.
bounds as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bound,
        count(*) > 1 or bound = smallest as is_common_value
    from deciles
    group by
        model_name, model_version, feature_name, feature_kind, smallest, bound
    union all
    select distinct
        reference_values.model_name,
        reference_values.model_version,
        reference_values.feature_name,
        reference_values.feature_kind,
        reference_values.number as bound,
        true as is_common_value
    from reference_values
    inner join measured
        on
            reference_values.model_name = measured.model_name
            and reference_values.model_version = measured.model_version
            and reference_values.feature_name = measured.feature_name
            and reference_values.feature_kind = measured.feature_kind
            and measured.has_few_values
),

all_bounds as (
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bound
    from bounds
    union
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        bound - greatest(abs(bound) * 1e-12, 1e-300) as bound
    from bounds
    where is_common_value
    union
    select
        model_name,
        model_version,
        feature_name,
        feature_kind,
        {{ infinity() }} as bound
    from measured
)

select * from all_bounds
