{{ config(materialized='table') }}
{{ validated(ref('raw_app__customers'), countries=ref('country_names')) }}
