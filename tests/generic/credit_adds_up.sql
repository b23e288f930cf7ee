{# Every conversion has credit of exactly 1, and credited revenue equal to its revenue, under every attribution model. #}
{% test credit_adds_up(model) %}
with credited as (
    select
        conversion_id,
        attribution_model,
        sum(credit) as credit,
        sum(credited_revenue) as revenue
    from {{ model }}
    group by conversion_id, attribution_model
),

expected as (
    select
        conversions.conversion_id,
        conversions.revenue,
        attribution_models.attribution_model
    from {{ ref('conversions') }} as conversions
    cross join {{ ref('attribution_models') }} as attribution_models
)

select
    coalesce(expected.conversion_id, credited.conversion_id) as conversion_id,
    coalesce(expected.attribution_model, credited.attribution_model) as attribution_model,
    credited.credit,
    credited.revenue,
    expected.revenue as expected_revenue
from expected
full join credited
    on
        expected.conversion_id = credited.conversion_id
        and expected.attribution_model = credited.attribution_model
where
    (abs(credited.credit - 1) < 1e-12) is not true
    or credited.revenue is distinct from expected.revenue
{% endtest %}
