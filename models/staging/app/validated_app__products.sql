{{ config(materialized='table') }}
{{ validated(ref('raw_app__products'), rates=ref('known_rates')) }}
