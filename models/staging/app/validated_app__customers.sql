{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(
        ref('raw_app__customers'),
        countries=ref('country_names')
    ) }}",
) }}
{{ validated(ref('raw_app__customers'), countries=ref('country_names')) }}
