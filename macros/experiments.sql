{# A sample variance from the sums of distances to a centre near the mean and of their squares. What rounding leaves of nothing is 0. #}
{% macro variance_of(squares, total) -%}
    case
        when {{ squares }} - {{ total }} * {{ total }} / nullif(n_mature, 0) <= 1e-12 * {{ squares }} and n_mature > 1 then 0
        else {{ covariance_of(squares, total, total) }}
    end
{%- endmacro %}


{% macro covariance_of(products, total, other_total) -%}
    ({{ products }} - {{ total }} * {{ other_total }} / nullif(n_mature, 0)) / nullif(n_mature - 1, 0)
{%- endmacro %}


{# A difference of two sums of squares, 0 where only rounding is left. #}
{% macro what_is_left(whole, part) -%}
    case when ({{ whole }}) - ({{ part }}) <= 1e-12 * ({{ whole }}) then 0 else ({{ whole }}) - ({{ part }}) end
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


{# The share of both arms together. #}
{% macro pooled_share() -%}
    (control_value * control_n_mature + treatment_value * treatment_n_mature) / n_mature
{%- endmacro %}


{# The mixture of the asymptotic confidence sequence (arXiv 2103.06476, eq. 9) at 95 %, narrowest at the var always_valid_units. #}
{% macro always_valid_rho_squared() -%}
    ((-2 * ln(0.05) + ln(-2 * ln(0.05) + 1)) / {{ var('always_valid_units') }})
{%- endmacro %}
