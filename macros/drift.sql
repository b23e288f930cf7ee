{# What one bin adds to the population stability index: two shares, an empty one counted as 0.0001. #}
{% macro psi_part(share, reference_share) -%}
    (greatest({{ share }}, 1e-4) - greatest({{ reference_share }}, 1e-4))
    * ln(greatest({{ share }}, 1e-4) / greatest({{ reference_share }}, 1e-4))
{%- endmacro %}


{# What chance alone leaves a stability index below, in 999 of 1,000 (Yurdakul and Naranjo): it is near (1 / n + 1 / other n) times a chi-square value. #}
{% macro psi_bound(degrees, n, other_n) -%}
    (1.0 / nullif({{ n }}, 0) + 1.0 / nullif({{ other_n }}, 0))
    * chi_square_quantile({{ var('drift_confidence') }}, nullif({{ degrees }}, 0))
{%- endmacro %}


{# drifted: large in both measures and more than chance; moved: more than chance, and large in the one. #}
{% macro drift_verdict(psi, bound, distance) -%}
    case
        when {{ psi }} > {{ bound }} and {{ psi }} >= {{ var('drifted_psi') }} and {{ distance }} >= {{ var('drifted_distance') }}
            then 'drifted'
        when {{ psi }} > {{ bound }} and {{ psi }} >= {{ var('moved_psi') }} then 'moved'
        else 'stable'
    end
{%- endmacro %}
