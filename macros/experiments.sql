{# What a unit counts for in a metric of its kind: once in a proportion, up to the cap in a winsorised mean, never more than 10^9. #}
{% macro counted_by_kind(amount, kind, cap) -%}
    case
        when {{ kind }} = 'proportion'
            then cast(case when {{ amount }} > 0 then 1 when {{ amount }} <= 0 then 0 end as decimal(18, 6))
        when {{ amount }} > {{ cap }} then cast({{ cap }} as decimal(18, 6))
        else {{ counted_at_most(amount) }}
    end
{%- endmacro %}


{# An amount as an exact decimal, at most 10^9: sums of squares of more would leave the decimals. #}
{% macro counted_at_most(amount) -%}
    cast(case when {{ amount }} > 1000000000 then 1000000000 else {{ amount }} end as decimal(18, 6))
{%- endmacro %}


{# The exact sums over units that means, variances and covariances are made of, and how many units are not 0. Products of decimals of 19 digits are exact. #}
{% macro sums_of_products(value, denominator, pre_value, second_pre_value) -%}
    {%- set value = 'cast(' ~ value ~ ' as decimal(19, 6))' -%}
    {%- set denominator = 'cast(' ~ denominator ~ ' as decimal(19, 6))' -%}
    {%- set pre_value = 'cast(' ~ pre_value ~ ' as decimal(19, 6))' -%}
    {%- set second_pre_value = 'cast(' ~ second_pre_value ~ ' as decimal(19, 6))' -%}
    sum({{ value }}) as total,
    sum({{ denominator }}) as denominator_total,
    sum({{ pre_value }}) as pre_total,
    sum({{ second_pre_value }}) as second_pre_total,
    sum({{ value }} * {{ value }}) as squares,
    sum({{ denominator }} * {{ denominator }}) as denominator_squares,
    sum({{ pre_value }} * {{ pre_value }}) as pre_squares,
    sum({{ second_pre_value }} * {{ second_pre_value }}) as second_pre_squares,
    sum({{ value }} * {{ denominator }}) as denominator_products,
    sum({{ value }} * {{ pre_value }}) as pre_products,
    sum({{ value }} * {{ second_pre_value }}) as second_pre_products,
    sum({{ denominator }} * {{ pre_value }}) as denominator_pre_products,
    sum({{ denominator }} * {{ second_pre_value }}) as denominator_second_pre_products,
    sum({{ pre_value }} * {{ second_pre_value }}) as both_pre_products,
    count(case when {{ value }} <> 0 then 1 end) as n_converted,
    count(case when {{ pre_value }} <> 0 then 1 end) as n_converted_before
{%- endmacro %}


{# Those columns, each between two pieces of SQL. #}
{% macro columns_of_sums(before='', after='') -%}
    {%- for column in [
        'total', 'denominator_total', 'pre_total', 'second_pre_total',
        'squares', 'denominator_squares', 'pre_squares', 'second_pre_squares',
        'denominator_products', 'pre_products', 'second_pre_products',
        'denominator_pre_products', 'denominator_second_pre_products', 'both_pre_products',
        'n_converted', 'n_converted_before',
    ] %}
        {{ before }}{{ column }}{{ after }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# A sum of products of two variables as one of the products of their distances to two centres. #}
{% macro products_around(products, total, centre, other_total, other_centre, n) -%}
    cast(
        {{ products }}
        - {{ centre }} * cast({{ other_total }} as decimal(20, 6))
        - {{ other_centre }} * cast({{ total }} as decimal(20, 6))
        + {{ other_centre }} * cast({{ centre }} * {{ n }} as decimal(20, 6))
        as double
    )
{%- endmacro %}


{# A sample covariance from the sums of distances to two centres and of their products. #}
{% macro covariance_of(products, total, other_total, n) -%}
    ({{ products }} - {{ total }} * {{ other_total }} / nullif({{ n }}, 0)) / nullif({{ n }} - 1, 0)
{%- endmacro %}


{# A difference of two sums of squares, 0 where only rounding is left. #}
{% macro difference_or_zero(whole, part) -%}
    case when ({{ whole }}) - ({{ part }}) <= 1e-12 * ({{ whole }}) then 0 else ({{ whole }}) - ({{ part }}) end
{%- endmacro %}


{# What a metric of its kind comes to: a mean, or a ratio of two. Of a quantile the mean is the quantile itself, its variance that of one unit's worth of it. #}
{% macro estimate(stats) -%}
    case
        when {{ stats }}.kind = 'ratio' then {{ stats }}.mean / nullif({{ stats }}.denominator_mean, 0)
        else {{ stats }}.mean
    end
{%- endmacro %}


{# The variance of that per unit; of a ratio by the delta method: what its parts add, less what they share. #}
{% macro estimate_spread(stats) -%}
    case {{ stats }}.kind
        when 'proportion' then {{ stats }}.mean * (1 - {{ stats }}.mean)
        when 'ratio'
            then {{ difference_or_zero(
                stats ~ '.variance / nullif(power(' ~ stats ~ '.denominator_mean, 2), 0) + power(' ~ stats ~ '.mean, 2) * '
                ~ stats ~ '.denominator_variance / nullif(power(' ~ stats ~ '.denominator_mean, 4), 0)',
                '2 * ' ~ stats ~ '.mean * ' ~ stats ~ '.denominator_covariance / nullif(power(' ~ stats ~ '.denominator_mean, 3), 0)'
            ) }}
        else {{ stats }}.variance
    end
{%- endmacro %}


{# How that goes together with a covariate, by the column before `_covariance` that says which: of a ratio, as its spread, by the delta method. #}
{% macro estimate_covariance(stats, covariate) -%}
    case
        when {{ stats }}.kind = 'ratio'
            then (
                {{ stats }}.{{ covariate }}_covariance
                - {{ stats }}.mean / nullif({{ stats }}.denominator_mean, 0) * {{ stats }}.denominator_{{ covariate }}_covariance
            ) / nullif({{ stats }}.denominator_mean, 0)
        else {{ stats }}.{{ covariate }}_covariance
    end
{%- endmacro %}


{# The coefficient of one of two covariates in a regression on both. Of two that say the same the first alone counts; one that does not vary has none. #}
{% macro coefficient(squares, other_squares, products, outcome_products, other_outcome_products, is_first) -%}
    {%- set determinant = '(' ~ squares ~ ' * ' ~ other_squares ~ ' - power(' ~ products ~ ', 2))' -%}
    case
        when {{ determinant }} > 1e-9 * {{ squares }} * {{ other_squares }}
            then ({{ other_squares }} * {{ outcome_products }} - {{ products }} * {{ other_outcome_products }}) / {{ determinant }}
        when {{ squares }} > 0 and {{ 'true' if is_first else other_squares ~ ' <= 0' }} then {{ outcome_products }} / {{ squares }}
        when {{ squares }} > 0 or {{ other_squares }} > 0 then 0
    end
{%- endmacro %}


{# Welch-Satterthwaite: degrees of freedom from the variances of two estimates. #}
{% macro welch_degrees(variance, count, other_variance, other_count) -%}
    power({{ variance }} + {{ other_variance }}, 2)
    / nullif(
        power({{ variance }}, 2) / ({{ count }} - 1)
        + power({{ other_variance }}, 2) / ({{ other_count }} - 1),
        0
    )
{%- endmacro %}


{# p-values adjusted for how many there are in a family, by the rank and count of each in it: the false discovery rate is held. #}
{% macro benjamini_hochberg(p_value, family, p_rank='p_rank', test_count='test_count') -%}
    case
        when {{ p_value }} is not null
            then min(least(1, {{ p_value }} * {{ test_count }} / {{ p_rank }})) over (
                partition by {{ family }}, {{ p_value }} is null
                order by {{ p_rank }} desc
            )
    end
{%- endmacro %}


{# The same, the chance of any false discovery is held. #}
{% macro holm(p_value, family, p_rank='p_rank', test_count='test_count') -%}
    case
        when {{ p_value }} is not null
            then max(least(1, {{ p_value }} * ({{ test_count }} - {{ p_rank }} + 1))) over (
                partition by {{ family }}, {{ p_value }} is null
                order by {{ p_rank }}
            )
    end
{%- endmacro %}


{# Whether a place is a segment: all units, or some by what they are, not by a day. #}
{% macro is_segment(place_type) -%}
    {{ place_type }} in ('all', 'device_type', 'country', 'customer_type')
{%- endmacro %}


{# A figure of an arm over the phases of a ramp, by the weight of each; of one phase it is the figure itself. #}
{% macro over_phases(value, weight) -%}
    case
        when count(*) = 1 then max({{ value }})
        else {{ steady_sum(weight ~ ' * ' ~ value) }} / nullif({{ steady_sum(weight) }}, 0)
    end
{%- endmacro %}


{# The variance of a difference of two means of `count` units with such variances each. An arm much smaller than the other counts with at least the variance of all units about their common mean: alone it may not have seen what is rare. #}
{% macro cautious_variance(variance, count, other_variance, other_count, difference) -%}
    {%- set pooled = '(' ~ count ~ ' * ' ~ variance ~ ' + ' ~ other_count ~ ' * ' ~ other_variance ~ ') / nullif(' ~ count ~ ' + ' ~ other_count
        ~ ', 0) + ' ~ count ~ ' * ' ~ other_count ~ ' * power(' ~ difference ~ ' / nullif(' ~ count ~ ' + ' ~ other_count ~ ', 0), 2)' -%}
    case
        when {{ count }} > {{ var('balanced_arms_ratio') }} * {{ other_count }}
            then {{ variance }} / {{ count }} + greatest({{ other_variance }}, {{ pooled }}) / nullif({{ other_count }}, 0)
        when {{ other_count }} > {{ var('balanced_arms_ratio') }} * {{ count }}
            then greatest({{ variance }}, {{ pooled }}) / nullif({{ count }}, 0) + {{ other_variance }} / {{ other_count }}
        else {{ variance }} / nullif({{ count }}, 0) + {{ other_variance }} / nullif({{ other_count }}, 0)
    end
{%- endmacro %}
