{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(
        ref('raw_app__orders'),
        rates=ref('known_rates')
    ) }}",
) }}
{{ validated(ref('raw_app__orders'), rates=ref('known_rates')) }}
