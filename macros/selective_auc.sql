{# The area under the ROC curve where a score stops most of what it flags, and few of that get a label: a relation with a row a group. #}
{% macro selective_auc(rows, groups) -%}
    (
        with known as (
            select
                {{ groups }},
                score,
                is_positive,
                label,
                coalesce(is_flagged, false) as is_stopped
            from {{ rows }}
            where label is not null and is_positive is not null
        ),

        areas as (
            select
                {{ groups }},
                max(case when is_stopped then auc end) as flagged_auc,
                max(case when is_stopped then auc_error end) as flagged_error,
                max(case when not is_stopped then auc end) as passed_auc,
                max(case when not is_stopped then auc_error end) as passed_error
            from {{ weighted_auc('known', groups ~ ', is_stopped', weight='label') }}
            group by {{ groups }}
        ),

        counts as (
            select
                {{ groups }},
                count(case when is_flagged then 1 end) as flagged,
                count(case when is_flagged then null else 1 end) as passed,
                {{ _label_sums('is_flagged', 'flagged') }},
                {{ _label_sums('not coalesce(is_flagged, false)', 'passed') }}
            from {{ rows }}
            group by {{ groups }}
        ),

        shares as (
            select
                counts.*,
                coalesce(areas.flagged_auc, 0.5) as flagged_auc,
                coalesce(areas.flagged_error, sqrt(1.0 / 12)) as flagged_error,
                coalesce(areas.passed_auc, 0.5) as passed_auc,
                coalesce(areas.passed_error, sqrt(1.0 / 12)) as passed_error,
                case when flagged = 0 then 0 else flagged_positive / nullif(flagged_weight, 0) end as purity,
                power(flagged_weight, 2) / nullif(flagged_squares, 0) as purity_n,
                passed * coalesce(passed_positive / nullif(passed_weight, 0), 0) as missed,
                passed * (1 - coalesce(passed_positive / nullif(passed_weight, 0), 0)) as good_passed
            from counts
            left join areas using ({{ groups }})
        ),

        bounds as (
            select
                *,
                coalesce({{ wilson_low('purity * purity_n', 'purity_n') }}, purity) as purity_low,
                coalesce({{ wilson_high('purity * purity_n', 'purity_n') }}, purity) as purity_high
            from shares
        ),

        measured as (
            select
                *,
                {{ _area_at('purity') }} as auc,
                {{ _area_at('purity_low') }} as auc_at_low,
                {{ _area_at('purity_high') }} as auc_at_high,
                power((1 - {{ _flagged_share('purity', 'missed') }}) * passed_error, 2)
                + power(
                    {{ _flagged_share('purity', 'missed') }} * {{ _flagged_share('(1 - purity)', 'good_passed') }}
                    * flagged_error, 2
                )
                + power(
                    (1 - passed_auc) * {{ _flagged_share('purity', 'missed') }}
                    * (1 - {{ _flagged_share('purity', 'missed') }}), 2
                ) / greatest(passed_positive_count, 1) as rest_variance
            from bounds
        )

        select
            {{ groups }},
            auc,
            purity,
            purity_low,
            purity_high,
            greatest(0, auc - sqrt(power(auc - auc_at_low, 2) + power({{ z_95() }}, 2) * rest_variance)) as auc_low,
            least(1, auc + sqrt(power(auc_at_high - auc, 2) + power({{ z_95() }}, 2) * rest_variance)) as auc_high
        from measured
    )
{%- endmacro %}


{# Of the rows of one side: the weight of its labels and its squares, that of positive ones, and how many those are. #}
{% macro _label_sums(condition, name) -%}
    {%- set label = 'case when ' ~ condition ~ ' and is_positive is not null then label end' -%}
    {{ steady_sum(label, 12) }} as {{ name }}_weight,
    {{ steady_sum('power(' ~ label ~ ', 2)', 12) }} as {{ name }}_squares,
    coalesce({{ steady_sum('case when ' ~ condition ~ ' and is_positive then label end', 12) }}, 0) as {{ name }}_positive,
    count(case when {{ condition }} and is_positive then label end) as {{ name }}_positive_count
{%- endmacro %}


{# The share of a class that is flagged, where a share of the flagged is of that class. #}
{% macro _flagged_share(purity, others) -%}
    coalesce(flagged * {{ purity }} / nullif(flagged * {{ purity }} + {{ others }}, 0), 0)
{%- endmacro %}


{# A flagged positive is above all that passed; one that passed is below all that is flagged. #}
{% macro _area_at(purity) -%}
    {%- set hit = _flagged_share(purity, 'missed') -%}
    {%- set false_alarm = _flagged_share('(1 - ' ~ purity ~ ')', 'good_passed') -%}
    {{ hit }} * (1 - {{ false_alarm }} + {{ false_alarm }} * flagged_auc)
    + (1 - {{ hit }}) * (1 - {{ false_alarm }}) * passed_auc
{%- endmacro %}
