{{ config(materialized='table') }}
{{ validated(ref('raw_app__orders'), rates=ref('known_rates')) }}
