-- The variance of the odds ratio is that of Robins, Breslow and Greenland, that of the
-- risk ratio that of Greenland and Robins.
with strata as (
    select
        *,
        contact_outcomes + other_outcomes as all_outcomes
    from {{ ref('int_contact_strata') }}
    where outcome = 'churn'
),

agreements as (
    select
        *,
        contact_outcomes * (other_n - other_outcomes) / n as concordant,
        other_outcomes * (contact_n - contact_outcomes) / n as discordant,
        (contact_outcomes + other_n - other_outcomes) / n as concordant_share,
        (other_outcomes + contact_n - contact_outcomes) / n as discordant_share
    from strata
),

summed as (
    select
        brand,
        topic,
        {{ steady_sum('concordant') }} as concordant,
        {{ steady_sum('discordant') }} as discordant,
        {{ steady_sum('concordant_share * concordant') }} as concordant_agreement,
        {{ steady_sum(
            'concordant_share * discordant + discordant_share * concordant'
        ) }} as mixed_agreement,
        {{ steady_sum('discordant_share * discordant') }} as discordant_agreement,
        {{ steady_sum('contact_outcomes * other_n / n') }} as contact_risk,
        {{ steady_sum('other_outcomes * contact_n / n') }} as other_risk,
        {{ steady_sum(
            '(contact_n * other_n * all_outcomes'
            ' - contact_outcomes * other_outcomes * n) / (n * n)'
        ) }} as risk_spread,
        {{ steady_sum('contact_outcomes - contact_n * all_outcomes / n') }}
            as outcomes_beyond_expected,
        {{ steady_sum(
            'contact_n * other_n * all_outcomes * (n - all_outcomes)'
            ' / nullif(n * n * (n - 1), 0)'
        ) }} as outcomes_variance
    from agreements
    group by brand, topic
),

ratios as (
    select
        *,
        concordant / nullif(discordant, 0) as odds_ratio,
        sqrt(
            concordant_agreement / nullif(2 * concordant * concordant, 0)
            + mixed_agreement / nullif(2 * concordant * discordant, 0)
            + discordant_agreement / nullif(2 * discordant * discordant, 0)
        ) as log_odds_ratio_error,
        contact_risk / nullif(other_risk, 0) as risk_ratio,
        sqrt(risk_spread / nullif(contact_risk * other_risk, 0))
            as log_risk_ratio_error
    from summed
),

with_intervals as (
    select
        brand,
        topic,
        odds_ratio,
        odds_ratio * exp(-{{ z_95() }} * log_odds_ratio_error) as odds_ratio_low,
        odds_ratio * exp({{ z_95() }} * log_odds_ratio_error) as odds_ratio_high,
        risk_ratio,
        risk_ratio * exp(-{{ z_95() }} * log_risk_ratio_error) as risk_ratio_low,
        risk_ratio * exp({{ z_95() }} * log_risk_ratio_error) as risk_ratio_high,
        chi_square_tail(
            power(outcomes_beyond_expected, 2) / nullif(outcomes_variance, 0), 1
        ) as mantel_haenszel_p_value
    from ratios
),

-- VanderWeele and Ding (2017): what is not seen would have to make contact and leaving as
-- many times as likely each, to make by itself a ratio as far from 1.
bounds as (
    select
        *,
        case
            when risk_ratio >= 1 then risk_ratio
            else 1 / nullif(risk_ratio, 0)
        end as ratio_away,
        case
            when risk_ratio_low > 1 then risk_ratio_low
            when risk_ratio_high < 1 then 1 / risk_ratio_high
            when risk_ratio_low is not null then 1
        end as bound_away
    from with_intervals
),

with_e_values as (
    select
        *,
        ratio_away + sqrt(ratio_away * (ratio_away - 1)) as e_value,
        bound_away + sqrt(bound_away * (bound_away - 1)) as e_value_bound
    from bounds
)

select * from with_e_values
