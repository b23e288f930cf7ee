with signals as (
    select
        signal,
        feature,
        comparison,
        bound
    from {{ ref('risk_signals') }}
),

measured as (
    {%- for feature in var('risk_signal_features') %}
    select
        payment_id,
        '{{ feature }}' as feature,
        cast({{ feature }} as double) as value
    from {{ ref('payment_risk_features') }}
    where {{ feature }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

payment_signals as (
    select
        measured.payment_id,
        signals.signal,
        measured.feature,
        measured.value
    from measured
    inner join signals
        on
            measured.feature = signals.feature
            and case signals.comparison
                when 'at_least' then measured.value >= signals.bound
                when 'at_most' then measured.value <= signals.bound
            end
)

select * from payment_signals
