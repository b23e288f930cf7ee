{{ config(materialized='table') }}
{{ validated(ref('raw_app__subscription_changes'), rates=ref('known_rates')) }}
