{{ config(materialized='table') }}
{{ validated(ref('raw_support__tickets')) }}
