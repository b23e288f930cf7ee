{{ config(materialized='table') }}
{{ validated(ref('raw_surveys__invitations')) }}
