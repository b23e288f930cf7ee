{# The area under the ROC curve of weighted rows, with its error by DeLong: a relation with a row a group. #}
{% macro weighted_auc(rows, groups, score='score', is_positive='is_positive', weight='weight') -%}
    (
        with of_scores as (
            select
                {{ groups }},
                {{ score }} as placed_by,
                {{ _class_sums(is_positive, weight) }}
            from {{ rows }}
            where {{ score }} is not null and {{ is_positive }} is not null and {{ weight }} > 0
            group by {{ groups }}, {{ score }}
        ),

        placed as (
            select
                *,
                {{ _class_totals(groups) }},
                {{ _placements('placed_by', groups) }}
            from of_scores
        ),

        measured as (
            select
                *,
                {{ _area(groups) }} as area
            from placed
        ),

        summed as (
            select
                {{ groups }},
                cast(sum(n_positive) as bigint) as n_positive,
                cast(sum(n_negative) as bigint) as n_negative,
                max(area) as auc,
                {{ _delong_error('positive_place - area', 'negative_place - area') }} as auc_error
            from measured
            group by {{ groups }}
        )

        select
            *,
            {{ logit_low('auc', 'auc_error') }} as auc_low,
            {{ logit_high('auc', 'auc_error') }} as auc_high
        from summed
    )
{%- endmacro %}


{# The areas of two scores of the same rows, and their difference with its error by DeLong: a relation with a row a group. #}
{% macro weighted_auc_difference(rows, groups, score, other_score, is_positive='is_positive', weight='weight') -%}
    (
        with of_scores as (
            select
                {{ groups }},
                {{ score }} as placed_by,
                {{ other_score }} as other_placed_by,
                {{ _class_sums(is_positive, weight) }}
            from {{ rows }}
            where
                {{ score }} is not null
                and {{ other_score }} is not null
                and {{ is_positive }} is not null
                and {{ weight }} > 0
            group by {{ groups }}, {{ score }}, {{ other_score }}
        ),

        placed as (
            select
                *,
                {{ _class_totals(groups) }},
                {{ _placements('placed_by', groups) }},
                {{ _placements('other_placed_by', groups, 'other_') }}
            from of_scores
        ),

        measured as (
            select
                *,
                {{ _area(groups) }} as area,
                {{ _area(groups, 'other_') }} as other_area
            from placed
        ),

        summed as (
            select
                {{ groups }},
                cast(sum(n_positive) as bigint) as n_positive,
                cast(sum(n_negative) as bigint) as n_negative,
                max(area) as auc,
                {{ _delong_error('positive_place - area', 'negative_place - area') }} as auc_error,
                max(other_area) as other_auc,
                {{ _delong_error(
                    'other_positive_place - other_area', 'other_negative_place - other_area'
                ) }} as other_auc_error,
                max(area) - max(other_area) as difference,
                {{ _delong_error(
                    '(positive_place - other_positive_place) - (area - other_area)',
                    '(negative_place - other_negative_place) - (area - other_area)'
                ) }} as difference_error
            from measured
            group by {{ groups }}
        )

        select
            *,
            {{ logit_low('auc', 'auc_error') }} as auc_low,
            {{ logit_high('auc', 'auc_error') }} as auc_high,
            {{ logit_low('other_auc', 'other_auc_error') }} as other_auc_low,
            {{ logit_high('other_auc', 'other_auc_error') }} as other_auc_high,
            {{ normal_low('difference', 'difference_error') }} as difference_low,
            {{ normal_high('difference', 'difference_error') }} as difference_high
        from summed
    )
{%- endmacro %}


{# Of rows that share a score: how many of each class, their weight and its squares. Decimals, so that sums are the same in whatever order rows come. #}
{% macro _class_sums(is_positive, weight) -%}
    {%- set exact = 'cast(' ~ weight ~ ' as decimal(38, 12))' -%}
    {%- set square = 'cast(1.0 * ' ~ weight ~ ' * ' ~ weight ~ ' as decimal(38, 12))' -%}
    count(case when {{ is_positive }} then 1 end) as n_positive,
    count(case when not {{ is_positive }} then 1 end) as n_negative,
    sum(case when {{ is_positive }} then {{ exact }} else 0 end) as positive_weight,
    sum(case when not {{ is_positive }} then {{ exact }} else 0 end) as negative_weight,
    cast(sum(case when {{ is_positive }} then {{ square }} else 0 end) as double) as positive_squares,
    cast(sum(case when not {{ is_positive }} then {{ square }} else 0 end) as double) as negative_squares
{%- endmacro %}


{% macro _class_totals(groups) -%}
    cast(sum(positive_weight) over (partition by {{ groups }}) as double) as positive_total,
    cast(sum(negative_weight) over (partition by {{ groups }}) as double) as negative_total
{%- endmacro %}


{# The share of the other class that a score is above (of a positive row) or below (of a negative one); a tie counts half. #}
{% macro _placements(score, groups, prefix='') -%}
    cast(
        sum(negative_weight) over (partition by {{ groups }} order by {{ score }})
        - sum(negative_weight) over (partition by {{ groups }}, {{ score }}) / 2 as double
    ) / nullif(cast(sum(negative_weight) over (partition by {{ groups }}) as double), 0) as {{ prefix }}positive_place,
    1 - cast(
        sum(positive_weight) over (partition by {{ groups }} order by {{ score }})
        - sum(positive_weight) over (partition by {{ groups }}, {{ score }}) / 2 as double
    ) / nullif(cast(sum(positive_weight) over (partition by {{ groups }}) as double), 0) as {{ prefix }}negative_place
{%- endmacro %}


{% macro _area(groups, prefix='') -%}
    cast(
        sum(cast(positive_weight * {{ prefix }}positive_place as decimal(38, 18)))
            over (partition by {{ groups }}) as double
    ) / nullif(positive_total, 0)
{%- endmacro %}


{# As DeLong has it when all weights are 1. #}
{% macro _delong_error(beyond_of_positive, beyond_of_negative) -%}
    sqrt(
        {{ steady_sum('positive_squares * power(' ~ beyond_of_positive ~ ', 2)') }}
        / nullif(power(max(positive_total), 2), 0)
        * sum(n_positive) / nullif(sum(n_positive) - 1, 0)
        + {{ steady_sum('negative_squares * power(' ~ beyond_of_negative ~ ', 2)') }}
        / nullif(power(max(negative_total), 2), 0)
        * sum(n_negative) / nullif(sum(n_negative) - 1, 0)
    )
{%- endmacro %}


{# The lower bound of a share of 0 to 1 whose log odds are normal around its error; none where it is 0 or 1, or without an error. #}
{% macro logit_low(share, error) -%}
    {{ _logit(share, error, '-') }}
{%- endmacro %}


{% macro logit_high(share, error) -%}
    {{ _logit(share, error, '+') }}
{%- endmacro %}


{% macro _logit(share, error, sign) -%}
    case
        when {{ share }} > 0 and {{ share }} < 1 and {{ error }} > 0
            then 1 / (1 + exp(-(
                ln({{ share }} / (1 - {{ share }})) {{ sign }} {{ z_95() }} * {{ error }} / ({{ share }} * (1 - {{ share }}))
            )))
    end
{%- endmacro %}
