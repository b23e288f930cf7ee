{{ config(materialized='table') }}
{{ validated(ref('raw_ml__models')) }}
