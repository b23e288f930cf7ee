{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(
        ref('raw_payments__payments'),
        rates=ref('known_rates'),
        countries=ref('country_names')
    ) }}",
) }}
{{ validated(
    ref('raw_payments__payments'),
    rates=ref('known_rates'),
    countries=ref('country_names')
) }}
