{{ config(materialized='table') }}
{{ validated(
    ref('raw_payments__payments'),
    rates=ref('known_rates'),
    countries=ref('country_names')
) }}
