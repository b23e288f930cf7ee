{# Of the customer months of one arm: how many, how many with the outcome, and the sums that its mean engagement and spread come from. #}
{% macro counted_by_contact(condition, arm) -%}
    cast(count(case when {{ condition }} then 1 end) as double) as {{ arm }}_n,
    cast(count(case when {{ condition }} and has_outcome then 1 end) as double)
        as {{ arm }}_outcomes,
    cast(coalesce(sum(case when {{ condition }} then active_days end), 0) as double)
        as {{ arm }}_active_days,
    cast(
        coalesce(sum(case when {{ condition }} then active_days * active_days end), 0)
        as double
    ) as {{ arm }}_squared_active_days
{%- endmacro %}


{# The variance of a share of n, with half an outcome added on either side. #}
{% macro smoothed_variance(outcomes, n) -%}
    ({{ outcomes }} + 0.5) / ({{ n }} + 1) * (1 - ({{ outcomes }} + 0.5) / ({{ n }} + 1)) / nullif({{ n }}, 0)
{%- endmacro %}


{# The sums over strata that Mantel-Haenszel's odds ratio (with the variance of Robins, Breslow and Greenland), risk ratio (Greenland and Robins) and test are made of. #}
{% macro mantel_haenszel_sums() -%}
    {{ steady_sum('concordant') }} as concordant,
    {{ steady_sum('discordant') }} as discordant,
    {{ steady_sum('concordant_share * concordant') }} as concordant_agreement,
    {{ steady_sum('concordant_share * discordant + discordant_share * concordant') }} as mixed_agreement,
    {{ steady_sum('discordant_share * discordant') }} as discordant_agreement,
    {{ steady_sum('contact_outcomes * other_n / n') }} as contact_risk,
    {{ steady_sum('other_outcomes * contact_n / n') }} as other_risk,
    {{ steady_sum('(contact_n * other_n * all_outcomes - contact_outcomes * other_outcomes * n) / (n * n)') }} as risk_spread,
    {{ steady_sum('contact_outcomes - contact_n * all_outcomes / n') }} as outcomes_beyond_expected,
    {{ steady_sum('contact_n * other_n * all_outcomes * (n - all_outcomes) / nullif(n * n * (n - 1), 0)') }} as outcomes_variance
{%- endmacro %}


{# The sentences of reference.contact_verdicts that tell the numbers of a row, one after the other. #}
{% macro verdict_in_words(column) -%}
    {{ with_numbers(
        "concat_ws(' ', plain." ~ column ~ ", told." ~ column ~ ", misleading." ~ column ~ ")",
        {
            'topic': 'judged.topic',
            'after': in_percent('judged.churn_rate_after_contact'),
            'without': in_percent('judged.churn_rate_without_contact'),
            'difference': in_percent('judged.standardised_difference'),
            'low': in_percent('judged.standardised_low'),
            'high': in_percent('judged.standardised_high'),
        }
    ) }}
{%- endmacro %}
