with shares as (
    select
        *,
        {%- for group in ['heavy', 'rest'] %}
        {{ wilson_low(group ~ '_share * ' ~ group ~ '_worth', group ~ '_worth') }}
            as {{ group }}_share_low,
        {{ wilson_high(group ~ '_share * ' ~ group ~ '_worth', group ~ '_worth') }}
            as {{ group }}_share_high,
        {%- endfor %}
        -- What chance would give to each side, with the value and without it.
        coalesce(
            least(heavy_worth, rest_worth) * least(share, 1 - share)
            >= {{ var('min_expected_for_verdict') }} - 1e-9,
            false
        ) as is_enough,
        chi_square_tail(
            power(heavy_share - rest_share, 2) / nullif(
                share * (1 - share) * (1 / heavy_worth + 1 / rest_worth), 0
            ),
            1
        ) as chance
    from {{ ref('int_heavy_shares') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by brand, is_enough order by chance, trait, value
        ) as p_rank,
        count(*) over (partition by brand, is_enough) as test_count,
        case when is_enough then chance end as p_value
    from shares
),

compared as (
    select
        brand,
        trait,
        value,
        n_heavy,
        n_rest,
        n_mature,
        heavy_share,
        rest_share,
        heavy_share / nullif(rest_share, 0) as index,
        heavy_share - rest_share as difference,
        {{ newcombe_low(
            'heavy_share', 'heavy_share_low', 'rest_share', 'rest_share_high'
        ) }} as difference_low,
        {{ newcombe_high(
            'heavy_share', 'heavy_share_high', 'rest_share', 'rest_share_low'
        ) }} as difference_high,
        p_value,
        {{ benjamini_hochberg('p_value', 'brand') }} as p_value_adjusted
    from ranked
),

judged as (
    select
        *,
        case
            when p_value is null then 'too_few'
            when p_value_adjusted < 0.05 and difference_low > 0 then 'more'
            when p_value_adjusted < 0.05 and difference_high < 0 then 'less'
            else 'no_difference_seen'
        end as verdict,
        false as is_final
    from compared
)

select * from judged
