-- By the sentence that gives the reason. The difference and the ratio must agree.
with reasons as (
    select
        brand,
        topic,
        naive_difference,
        standardised_low,
        standardised_high,
        imbalance_before,
        tenure_imbalance_before,
        case
            when least(contact_customers, other_customers) >= {{ var('smallest_cell') }}
                then 'plain'
            else 'plain_withheld'
        end as opening,
        case
            when comparable_share < {{ var('min_comparable_share') }}
                then 'too_few_alike'
            when standardised_low is null then 'too_few'
            when negative_control_low > 0 or negative_control_high < 0
                then 'not_comparable'
            when negative_exposure_low > 0 or negative_exposure_high < 0
                then 'not_comparable_earlier'
            when standardised_high < 0 and e_value_bound > 1 then 'keeps'
            when standardised_low > 0 and e_value_bound > 1 then 'does_not_keep'
            else 'no_effect_seen'
        end as reason
    from {{ ref('int_contact_risks') }}
),

verdicts as (
    select
        brand,
        topic,
        opening,
        reason,
        case
            when reason = 'too_few_alike' then 'too_few'
            when reason = 'not_comparable_earlier' then 'not_comparable'
            else reason
        end as verdict,
        coalesce(
            naive_difference not between standardised_low and standardised_high, false
        ) as is_naive_misleading,
        case
            when reason not in ('keeps', 'does_not_keep', 'no_effect_seen') then null
            when naive_difference < standardised_low and imbalance_before > 0
                then 'misleading_active'
            when naive_difference > standardised_high and imbalance_before < 0
                then 'misleading_inactive'
            when naive_difference < standardised_low and tenure_imbalance_before > 0
                then 'misleading_old'
            when naive_difference > standardised_high and tenure_imbalance_before < 0
                then 'misleading_new'
        end as misleading_because
    from reasons
)

select * from verdicts
