-- Why: a visit that is no touch can get no credit.
-- Threshold: none, row by row, both ways.
-- A failure means: touchpoints drops, doubles, invents or alters sessions.
{{ rows_that_differ(ref('sessions'), ref('touchpoints'), [
    'session_id',
    'anonymous_id',
    'customer_id',
    'campaign_id',
    'brand',
    'channel',
]) }}
