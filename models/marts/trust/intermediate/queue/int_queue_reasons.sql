{%- set value = "rtrim(rtrim(cast(cast(spoken.value as decimal(38, 1)) as varchar),"
    ~ " '0'), '.')" -%}

with queued as (
    select payment_id from {{ ref('int_queued_payments') }}
),

payment_signals as (
    select * from {{ ref('int_payment_signals') }}
),

signal_shares as (
    select
        signal,
        fraud_share,
        fraud_share_low
    from {{ ref('int_signal_shares') }}
    where fraud_share_low > total_fraud_share
),

sentences as (
    select
        signal,
        sentence,
        sentence_ko
    from {{ ref('risk_signals') }}
),

-- Of two bounds of one feature the stronger one speaks.
spoken as (
    select
        queued.payment_id,
        payment_signals.signal,
        payment_signals.feature,
        payment_signals.value,
        signal_shares.fraud_share,
        signal_shares.fraud_share_low,
        row_number() over (
            partition by queued.payment_id, payment_signals.feature
            order by signal_shares.fraud_share_low desc, payment_signals.signal asc
        ) as place_of_feature
    from queued
    inner join payment_signals on queued.payment_id = payment_signals.payment_id
    inner join signal_shares on payment_signals.signal = signal_shares.signal
),

worded as (
    select
        spoken.payment_id,
        spoken.feature,
        {{ with_numbers('sentences.sentence', {'value': value}) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', {'value': value}) }} as sentence_ko,
        spoken.value,
        spoken.fraud_share,
        row_number() over (
            partition by spoken.payment_id
            order by spoken.fraud_share_low desc, spoken.feature asc
        ) as place
    from spoken
    inner join sentences on spoken.signal = sentences.signal
    where spoken.place_of_feature = 1
),

reasons as (
    select * from worded
    where place <= 3
)

select * from reasons
