{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(
        ref('raw_payments__disputes'),
        rates=ref('known_rates')
    ) }}",
) }}
{{ validated(ref('raw_payments__disputes'), rates=ref('known_rates')) }}
