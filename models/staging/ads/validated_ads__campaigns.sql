{{ config(materialized='table') }}
{{ validated(ref('raw_ads__campaigns'), rates=ref('known_rates')) }}
