"""The metrics once more, in SQL by hand over staging: no mart and no semantic layer is read.

But for what experiments came to: their verdicts and credits are held against libraries and the
planted truth in the tests of experiments, and are read from their tables here.
"""

# One row per thing that is counted: what it is, its day, its brand, who or what it is, and an amount.
FACTS = """
create temp table days as
select period_start as day from metrics.metric_periods where grain = 'day';

create temp macro usd(amount, of_currency, day) as (
    round(amount::decimal(24, 8) * case when of_currency = 'USD' then 1 else coalesce(
        (select max_by(usd_rate::decimal(18, 10), rate_date) from staging.known_rates
            where currency = of_currency and rate_date <= day),
        (select min_by(usd_rate::decimal(18, 10), rate_date) from staging.known_rates
            where currency = of_currency)
    ) end, 6)
);

create temp table dated as
with said as (
    select order_id, min(paid_at) as paid_at
    from staging.stg_app__order_versions
    where paid_at is not null or status in ('paid', 'fulfilled', 'refunded')
    group by all
),
tried as (
    select order_id, min(attempted_at) as paid_at
    from staging.stg_payments__payments where outcome = 'succeeded' group by all
),
moved as (
    select order_id, min(case when status = 'paid' then occurred_at end) as paid_at
    from staging.stg_app__order_status_events
    where status in ('paid', 'fulfilled', 'refunded') group by all
),
lines as (
    select order_id, sum(quantity * unit_price) as gross, min_by(brand, line_number) as brand
    from staging.stg_app__order_items left join staging.stg_app__products using (product_id)
    group by order_id
)
select
    order_id,
    orders.customer_id,
    coalesce(customers.brand, lines.brand, 'unknown') as brand,
    said.order_id is not null or tried.order_id is not null or moved.order_id is not null as is_paid,
    coalesce(orders.paid_at, said.paid_at, tried.paid_at, moved.paid_at, orders.ordered_at) as moment,
    moment::date as day,
    orders.currency,
    if(gross is null, 0, discount_amount) as discount,
    usd(coalesce(tax_amount, 0), orders.currency, day)
    + usd(coalesce(shipping_amount, 0), orders.currency, day) as beside
from staging.stg_app__orders as orders
left join staging.stg_app__customers as customers using (customer_id)
left join lines using (order_id)
left join said using (order_id)
left join tried using (order_id)
left join moved using (order_id);

create temp table paid as
select dated.*, coalesce(gross, 0) - usd(discount, currency, day) as revenue
from dated left join (
    select order_id, sum(usd(quantity * unit_price, currency, day)) as gross
    from staging.stg_app__order_items join dated using (order_id) group by order_id
) using (order_id);

create temp table visits as
with spaced as (
    select *, coalesce(occurred_at > lag(occurred_at) over device + interval 30 minute, true) as begins
    from staging.stg_events__events
    window device as (partition by brand, anonymous_id order by occurred_at, event_id)
),
numbered as (
    select *, sum(begins::int) over (
        partition by brand, anonymous_id order by occurred_at, event_id rows unbounded preceding
    ) as visit
    from spaced
),
owners as (
    select brand, anonymous_id, count(distinct customer_id) = 1 as has_owner, any_value(customer_id) as owner
    from staging.stg_events__events group by all
)
select
    brand, anonymous_id, visit, min(occurred_at)::date as day,
    min(occurred_at) as began_at, max(occurred_at) as ended_at,
    any_value(owner) filter (has_owner) as owner,
    arg_min(lower(utm_campaign), (occurred_at, event_id)) filter (begins) as utm_campaign,
    bool_or(event_name = 'order_placed') as is_converted, bool_or(has_owner) as is_attached
from numbered inner join owners using (brand, anonymous_id)
group by brand, anonymous_id, visit;

-- Each purchase with the visits of the 30 days before it, but for those that were over at the purchase before.
create temp table touches as
with purchases as (
    select *, lag(moment) over (partition by customer_id, brand order by moment, order_id) as before
    from paid inner join staging.stg_app__orders using (order_id, customer_id)
    where is_paid and order_type = 'purchase' and day <= (select max(day) from days)
),
seen as (
    select
        order_id, purchases.brand, purchases.day, revenue::double as revenue, campaign_id,
        row_number() over (partition by order_id order by began_at) as place,
        count(visits.visit) over (partition by order_id) as visits
    from purchases
    left join visits
        on visits.brand = purchases.brand and visits.owner = purchases.customer_id
        and began_at between moment - interval 30 day and moment
        and (before is null or ended_at >= before)
    left join staging.stg_ads__campaigns as campaigns
        on campaigns.brand = visits.brand and lower(campaigns.utm_campaign) = visits.utm_campaign
)
select
    *,
    case when visits <= 1 then 1.0 when visits = 2 then 0.5 when place in (1, visits) then 0.4
    else 0.2 / (visits - 2) end::double as share,
    round(revenue * sum(share) over (partition by order_id order by place), 6)
    - round(revenue * (sum(share) over (partition by order_id order by place) - share), 6) as amount
from seen;

create temp table facts as
select 'order' as fact, day, brand, customer_id as who, revenue::double as amount
from paid where is_paid
union all
select 'first order', day, brand, customer_id, 1
from paid where is_paid
qualify row_number() over (partition by customer_id order by moment, order_id) = 1
union all
select 'refund', refunded_at::date,
    coalesce(paid.brand, others.brand, customers.brand, 'unknown'), null,
    usd(refunds.amount, refunds.currency, refunded_at::date)
from staging.stg_payments__refunds as refunds
left join paid using (order_id)
left join staging.stg_payments__payments as payments on payments.payment_id = refunds.payment_id
left join paid as others on others.order_id = payments.order_id
left join staging.stg_app__customers as customers on customers.customer_id = payments.customer_id
union all
select 'refunded revenue', refunded_at::date,
    coalesce(paid.brand, others.brand, customers.brand, 'unknown'), null,
    round(
        usd(refunds.amount, refunds.currency, refunded_at::date)
        * coalesce(paid.revenue / (paid.revenue + paid.beside), 1), 6
    )
from staging.stg_payments__refunds as refunds
left join paid using (order_id)
left join staging.stg_payments__payments as payments on payments.payment_id = refunds.payment_id
left join paid as others on others.order_id = payments.order_id
left join staging.stg_app__customers as customers on customers.customer_id = payments.customer_id
union all
select 'lost dispute', coalesce(closed_at, opened_at)::date,
    coalesce(paid.brand, customers.brand, 'unknown'), null,
    round(
        usd(disputes.amount, disputes.currency, coalesce(closed_at, opened_at)::date)
        * coalesce(paid.revenue / (paid.revenue + paid.beside), 1), 6
    )
from staging.stg_payments__disputes as disputes
left join staging.stg_payments__payments as payments using (payment_id)
left join paid on paid.order_id = payments.order_id
left join staging.stg_app__customers as customers on customers.customer_id = payments.customer_id
where disputes.outcome = 'lost'
union all
select if(outcome = 'succeeded', 'payment', 'failed payment'), attempted_at::date,
    coalesce(paid.brand, customers.brand, 'unknown'), null, 1
from staging.stg_payments__payments as payments
left join paid using (order_id)
left join staging.stg_app__customers as customers on customers.customer_id = payments.customer_id
union all
select 'signup', created_at::date, brand, customer_id, 1 from staging.stg_app__customers
union all
select 'visit', day, brand, null, 1 from visits
union all
select 'converted visit', day, brand, null, 1 from visits where is_converted
union all
select 'attached visit', day, brand, null, 1 from visits where is_attached
union all
select 'active', day, brand, customer_id, 1 from paid where is_paid
union all
select 'active',
    if(measured_at > received_at + interval 1 day, received_at, measured_at)::date,
    coalesce(customers.brand, 'unknown'), readings.customer_id, 1
from staging.stg_devices__readings as readings
left join staging.stg_app__customers as customers using (customer_id)
union all
select 'active',
    if(occurred_at > received_at + interval 1 day, received_at, occurred_at)::date,
    brand, coalesce(customer_id, if(has_owner, owner, null)), 1
from staging.stg_events__events
inner join (
    select brand, anonymous_id, count(distinct customer_id) = 1 as has_owner, any_value(customer_id) as owner
    from staging.stg_events__events group by all
) using (brand, anonymous_id)
where event_name in (select event_name from reference.tracking_plan where is_activity)
    and coalesce(customer_id, if(has_owner, owner, null)) is not null
union all
select if(row_status = 'rejected', 'rejected row', 'raw row'), arrival_date, null, null, row_count
from vault.raw_row_statuses
union all
select 'job ' || outcome, scheduled_at::date, null, job_name, 1 from staging.stg_platform__job_runs
union all
select if(visits = 0, 'unseen purchase', if(campaign_id is null, 'other purchase', 'campaign purchase')), day, brand, null, amount
from touches
union all
select distinct 'purchase', day, brand, order_id, 1 from touches
union all
select 'share of a campaign', day, brand, null, share from touches where campaign_id is not null
union all
select 'campaign customer', touches.day, touches.brand, null, share
from touches inner join (
    select order_id from paid where is_paid
    qualify row_number() over (partition by customer_id order by moment, order_id) = 1
) using (order_id)
where campaign_id is not null
union all
select distinct 'touched ' || campaign_id, day, brand, order_id, 1 from touches where campaign_id is not null
union all
select 'spend', performance_date, coalesce(brand, 'unknown'), null, coalesce(usd(spend, currency, performance_date), 0)
from staging.stg_ads__daily_performance left join staging.stg_ads__campaigns using (campaign_id)
union all
select 'experiment', run.day, coalesce(brand, 'unknown'), experiment_id, 1
from staging.stg_experiments__experiments
inner join days as run on run.day >= started_at::date and run.day < coalesce(ended_at, '9999-01-01')
union all
select 'valid experiment', run.day, coalesce(brand, 'unknown'), experiment_id, 1
from staging.stg_experiments__experiments
inner join days as run on run.day >= started_at::date and run.day < coalesce(ended_at, '9999-01-01')
where experiment_id not in (select experiment_id from experiments.experiment_verdicts where verdict = 'invalid')
union all
select 'contribution', month, brand, experiment_id, credited_revenue
from experiments.experiment_ledger
where experiment_id in (select experiment_id from staging.stg_experiments__experiments where experiment_type = 'ab')
    and credited_revenue is not null
union all
select 'claim', performance_date, coalesce(brand, 'unknown'), null, claimed_conversions
from staging.stg_ads__daily_performance left join staging.stg_ads__campaigns using (campaign_id)
union all
select if(viewed_at::date <= certified_until, 'certified view', 'board view'), viewed_at::date, null, view_id, 1
from staging.stg_bi__dashboard_views left join staging.stg_bi__dashboards using (dashboard_id)
union all
select 'answer', answered_at::date, null, question_id, 1
from staging.stg_bi__questions where answered_at >= asked_at
union all
select 'recent questions', day, null, null, count(*)
from days inner join staging.stg_bi__questions on asked_at::date between day - 90 and day
where (answered_at >= asked_at) is not false
group by day
union all
select 'median wait', day, null, null, min(wait) filter (waiting <= 0.5 + 1e-9)
from (
    select day, wait, product(1 - answered / at_risk) over (partition by day order by wait) as waiting
    from (
        select day, wait, count(*) filter (is_answered) as answered,
            sum(count(*)) over (partition by day order by wait desc) as at_risk
        from (
            select day, coalesce(answered_at::date <= day, false) as is_answered,
                epoch(if(is_answered, answered_at, day + interval 1 day) - asked_at) / 3600 as wait
            from days inner join staging.stg_bi__questions on asked_at::date between day - 90 and day
            where (answered_at >= asked_at) is not false
        )
        group by day, wait
    )
)
group by day
union all
select 'data cost', billed_on - number::int, null, null,
    round(cost * (length - number) / length, 6) - round(cost * (length - number - 1) / length, 6)
from (
    select billed_on, usd(amount, currency, billed_on)::double as cost, coalesce(
        billed_on - lag(billed_on) over one, lead(billed_on) over one - billed_on, 1
    ) as length
    from staging.stg_platform__bills
    window one as (partition by service, resource order by billed_on)
) cross join range(400) as numbers (number)
where number < length;
delete from facts where day not between (select min(day) from days) and (select max(day) from days);

-- Payments that are old enough for disputes about them to have come; the last score before each.
create temp table settled as
with frauds as (
    select distinct payment_id from staging.stg_payments__disputes
    inner join staging.stg_payments__payments using (payment_id)
    where reason = 'fraud' and opened_at >= attempted_at
),
scores as (
    select entity_id as payment_id, max_by(score >= threshold, (predicted_at, prediction_id)) as is_flagged
    from staging.stg_ml__predictions
    inner join staging.stg_ml__models using (model_name, model_version)
    inner join staging.stg_payments__payments as scored on scored.payment_id = entity_id
    where entity_type = 'payment' and score between 0 and 1 and predicted_at <= attempted_at
    group by all
)
select
    payments.payment_id, attempted_at::date as day, coalesce(paid.brand, customers.brand, 'unknown') as brand,
    usd(payments.amount, payments.currency, attempted_at::date) as paid_amount,
    outcome = 'succeeded' as went_through, frauds.payment_id is not null as is_fraud,
    scores.payment_id is not null as is_scored,
    coalesce(is_flagged, false) as is_flagged,
    if(is_flagged and is_review_exempt, 1 / review_exempt_probability, 1) as weight
from staging.stg_payments__payments as payments
left join frauds using (payment_id)
left join scores using (payment_id)
left join paid on paid.order_id = payments.order_id
left join staging.stg_app__customers as customers on customers.customer_id = payments.customer_id
where attempted_at::date + 120 <= (select max(day) from days);

insert into facts
select if(went_through, 'labelled payment', 'unlabelled payment'), day, brand, null, 1 from settled where is_scored
union all
select if(went_through, 'flagged and known', 'flagged'), day, brand, null, 1 from settled where is_flagged
union all
select if(is_fraud, 'fraud', 'good'), day, brand, null, paid_amount from settled where went_through
union all
select 'weighed good', day, brand, null, round(paid_amount * weight, 6) from settled where went_through and not is_fraud
union all
select 'refused good', day, brand, null, round(paid_amount * (weight - 1), 6) from settled
where went_through and not is_fraud;

-- Days on which a customer was there: active, or subscribed.
create temp table subscribed as
with changes as (
    select
        changes.*, coalesce(customers.brand, products.brand, 'unknown') as brand,
        row_number() over (
            order by changed_at, change_type = 'paused', coalesce(effective_at, changed_at), change_id
        ) as place
    from staging.stg_app__subscription_changes as changes
    left join staging.stg_app__customers as customers on customers.customer_id = changes.customer_id
    left join staging.stg_app__products as products on products.product_id = changes.product_id
    where changed_at::date <= (select max(day) from days)
)
select *, last_day as paid_until from (
    select customer_id, brand, coalesce(effective_at, changed_at)::date as first_day,
        least((select max(day) from days), coalesce(
            (select min(coalesce(ends.effective_at, ends.changed_at)::date) from changes as ends
                where ends.subscription_id = changes.subscription_id and ends.change_type in ('cancelled', 'paused')
                    and ends.place > changes.place),
            (select max(day) from days)
        )) as last_day
    from changes where change_type in ('started', 'reactivated', 'resumed')
);

create temp table alive as
select who, brand, day from facts where fact = 'active'
union
select customer_id, brand, unnest(range(first_day, last_day + 1, interval 1 day))::date from subscribed;

create temp table stays as
with paused as (
    select *, coalesce(day - lag(day) over (partition by who, brand order by day) > 30, true) as begins
    from alive
),
numbered as (
    select *, sum(begins::int) over (partition by who, brand order by day) as life from paused
)
select who, brand, min(day) as first_day, max(day) as last_day
from numbered group by who, brand, life;

-- Windows of 30 days from a patient's first reading that counts on, while subscribed or still measuring, days of the patient's own
-- clock, those with a reading that counts, and those on which the patient was with us.
create temp table measured as
select
    customer_id, coalesce(brand, 'unknown') as brand,
    (
        if(measured_at > received_at + interval 1 day, received_at, measured_at)
        at time zone 'UTC' at time zone coalesce(timezone, time_zone, 'UTC')
    )::date as day,
    value * factor between low and high as counts
from staging.stg_devices__readings
left join staging.stg_app__customers using (customer_id)
left join reference.country_time_zones using (country_code)
left join reference.measurement_units using (measurement, unit)
left join reference.plausible_ranges using (measurement)
where day <= (select max(day) from days);

create temp table present as
select customer_id, unnest(range(day, next_day + 1, interval 1 day))::date as day
from (
    select
        customer_id, day, lead(day) over (partition by customer_id order by day) as following,
        case
            when following <= day + 30 then following
            when following is null and day + 30 >= (select max(day) from days) and customer_id not in (select customer_id from subscribed)
                then (select max(day) from days)
            else day
        end as next_day
    from (select distinct customer_id, day from measured)
)
union
select customer_id, unnest(range(first_day, paid_until + 1, interval 1 day))::date from subscribed;

create temp table billing as
with patients as (
    select customer_id, brand, coalesce(min(day) filter (counts), min(day)) as first_day, greatest(max(day), coalesce(max(until), max(day))) as last_day
    from measured
    left join (
        select customer_id, max(paid_until) as until from subscribed group by all
    ) using (customer_id)
    group by all
)
select customer_id, brand, first_day + 30 * number::integer + 29 as day, (
        select count(distinct measured.day) from measured
        where measured.customer_id = patients.customer_id and counts
            and measured.day between first_day + 30 * number::integer and first_day + 30 * number::integer + 29
    ) as days_with_data, (
        select count(*) from present
        where present.customer_id = patients.customer_id and present.day <= (select max(day) from days)
            and present.day between first_day + 30 * number::integer and first_day + 30 * number::integer + 29
    ) as days_there
from patients, unnest(range(0, (last_day - first_day) // 30 + 1)) as numbers (number)
where first_day + 30 * number::integer + 29 + 3 <= (select max(day) from days) and days_there > 0
    and customer_id in (select customer_id from measured where counts);

-- Facts of whole months stand on their first day.
create temp table ends as
select date_trunc('month', day)::date as month, last_day(day) as month_end from days group by all;

create temp table there as
select month, month_end, stays.*, month_end + 30 < (select max(day) from days) as is_known
from stays inner join ends on first_day < month and last_day >= month;

create temp table payers as
select
    date_trunc('month', day)::date as month, brand, who, sum(amount) as revenue,
    row_number() over (partition by month, brand order by revenue desc, who) as place,
    count(*) over (partition by month, brand) as payers
from facts where fact = 'order' group by month, brand, who having revenue > 0;

create temp table beginners as
select who, brand, date_trunc('month', min(day))::date + interval 1 month as month
from facts where fact = 'active' group by who, brand;

insert into facts
select 'there', month, brand, who, 1 from there
union all
select 'known', month, brand, who, 1 from there where is_known
union all
select 'left', month, brand, who, 1 from there
where is_known and last_day <= month_end and last_day + 30 < (select max(day) from days)
union all
select distinct 'caller', month, there.brand, who, 1
from there
inner join staging.stg_app__customers as customers on customer_id = who and customers.brand = there.brand
inner join staging.stg_support__tickets as tickets
    on tickets.customer_id = who and date_trunc('month', opened_at) = month and topic = 'troubleshooting'
where opened_at::date <= (select max(day) from days) and coalesce((
    select max_by(change_type, (changed_at, coalesce(effective_at, changed_at), change_id)) <> 'cancelled'
    from staging.stg_app__subscription_changes as changes
    where changes.customer_id = who and changed_at <= opened_at
), true)
union all
select 'payer revenue', month, brand, who, revenue from payers
union all
select 'top revenue', month, brand, who, revenue from payers where place <= ceil(payers / 10)
union all
select 'month 1', month, brand, who, 1 from beginners
where last_day(month) <= (select max(day) from days)
union all
select distinct 'back in month 1', month, brand, who, 1
from beginners inner join facts using (who, brand)
where fact = 'active' and date_trunc('month', day) = month and last_day(month) <= (select max(day) from days)
union all
select 'possible day', date_trunc('month', day)::date, brand, who,
    (select count(*) from days where date_trunc('month', days.day) = date_trunc('month', facts.day))
from facts where fact = 'active' group by all
union all
select if(days_with_data * 30 >= 16 * days_there, 'monitored window', 'window'), day, brand, customer_id, 1 from billing
union all
select if(reached_at <= promise, 'on time', 'late'), date_trunc('month', promise)::date, brand, order_id, 1
from (
    select paid.order_id, brand, min(occurred_at) filter (events.status = 'ready_for_collection') as reached_at,
        coalesce(min_by(events.promised_at, occurred_at) filter (events.promised_at is not null),
            any_value(orders.promised_at)) as promise
    from paid
    inner join staging.stg_app__orders as orders using (order_id)
    left join staging.stg_app__order_status_events as events using (order_id)
    where is_paid and brand = 'farewell'
    group by all
)
where promise < (select max(day) + 1 from days);

-- What each subscription brings at the end of each month (or at as_of), by its last change in effect, if it runs: its
-- last start, return or resumption came after its last end. Who comes back or changes the plan takes back what was
-- set for later.
create temp table closings as
with ends as (
    select date_trunc('month', day)::date as month, max(day) as last_day from days group by all
),
changes as (
    select *, coalesce(effective_at, changed_at) as effective,
        change_type in ('started', 'reactivated', 'resumed') as opens, change_type in ('cancelled', 'paused') as closes
    from staging.stg_app__subscription_changes
),
standing as (
    select * from changes
    where not exists (
        select 1 from changes as later
        where later.subscription_id = changes.subscription_id and later.changed_at > changes.changed_at
            and later.change_type in ('reactivated', 'upgraded', 'downgraded')
            and later.changed_at < changes.effective and later.effective <= changes.effective
    )
),
states as (
    select month, last_day, subscription_id, max_by(change_id, (effective, changed_at, closes, change_id)) as change_id
    from ends inner join standing on effective::date <= last_day
    group by all
    having max_by(opens, (effective, changed_at, closes, change_id)) filter (opens or closes)
)
select
    states.month, changes.customer_id, coalesce(customers.brand, products.brand, 'unknown') as brand,
    sum(usd(monthly_amount, changes.currency, states.last_day)) as mrr,
    sum(usd(monthly_amount, changes.currency, next.last_day)) as next_mrr,
    sum(usd(monthly_amount, changes.currency, year.last_day)) as year_mrr
from states
inner join changes using (change_id)
left join ends as next on next.month = states.month + interval 1 month
left join ends as year on year.month = states.month + interval 12 month
left join staging.stg_app__customers as customers on customers.customer_id = changes.customer_id
left join staging.stg_app__products as products on products.product_id = changes.product_id
group by all;

create temp table moves as
with months as (
    select distinct date_trunc('month', day)::date as month from days
),
lives as (
    select month, customer_id, brand, coalesce(mrr, 0) as closing,
        coalesce(next_mrr, 0) as next_mrr, coalesce(year_mrr, 0) as year_mrr
    from months cross join (select distinct customer_id, brand from closings)
    left join closings using (month, customer_id, brand)
)
select
    month, customer_id, brand, closing,
    coalesce(lag(closing) over life, 0) as opening,
    coalesce(lag(next_mrr) over life, 0) as revalued,
    coalesce(lag(year_mrr, 12) over life, 0) as year_before,
    coalesce(max(closing) over (life rows between unbounded preceding and 1 preceding), 0) > 0 as known,
    ending
from lives
left join (
    select customer_id, date_trunc('month', effective)::date as month,
        max_by(coalesce(cancel_kind, change_type), (effective, changed_at)) as ending
    from (
        select *, coalesce(effective_at, changed_at) as effective
        from staging.stg_app__subscription_changes
        where change_type in ('cancelled', 'paused')
    )
    group by all
) using (customer_id, month)
window life as (partition by customer_id, brand order by month);
"""

# Over the facts of a period and brand.
BY_DAY = {
    "revenue": "coalesce(sum(amount) filter (fact = 'order'), 0)",
    "orders": "count(*) filter (fact = 'order')",
    "average_order_value": "sum(amount) filter (fact = 'order') / count(*) filter (fact = 'order')",
    "refunds": "coalesce(sum(amount) filter (fact = 'refund'), 0)",
    "refunded_revenue": "coalesce(sum(amount) filter (fact = 'refunded revenue'), 0)",
    "lost_dispute_revenue": "coalesce(sum(amount) filter (fact = 'lost dispute'), 0)",
    "net_revenue": "coalesce(sum(if(fact = 'order', amount, -amount))"
    " filter (fact in ('order', 'refunded revenue', 'lost dispute')), 0)",
    "new_customers": "count(*) filter (fact = 'first order')",
    "signups": "count(*) filter (fact = 'signup')",
    "active_customers": "count(distinct who) filter (fact = 'active')",
    "sessions": "count(*) filter (fact = 'visit')",
    "converted_sessions": "count(*) filter (fact = 'converted visit')",
    "attached_sessions": "count(*) filter (fact = 'attached visit')",
    "session_conversion_rate": "count(*) filter (fact = 'converted visit') / count(*) filter (fact = 'visit')",
    "attached_session_share": "count(*) filter (fact = 'attached visit') / count(*) filter (fact = 'visit')",
    "payment_attempts": "count(*) filter (fact in ('payment', 'failed payment'))",
    "successful_payments": "count(*) filter (fact = 'payment')",
    "payment_success_rate": """count(*) filter (fact = 'payment')
        / count(*) filter (fact in ('payment', 'failed payment'))""",
    "raw_rows": "coalesce(sum(amount) filter (fact in ('raw row', 'rejected row')), 0)",
    "rejected_raw_rows": "coalesce(sum(amount) filter (fact = 'rejected row'), 0)",
    "rejected_row_share": """coalesce(sum(amount) filter (fact = 'rejected row'), 0)
        / sum(amount) filter (fact in ('raw row', 'rejected row'))""",
    "due_jobs": "count(*) filter (fact like 'job %')",
    "succeeded_jobs": "count(*) filter (fact = 'job succeeded')",
    "pipeline_success_share": "count(*) filter (fact = 'job succeeded') / nullif(count(*) filter (fact like 'job %'), 0)",
}
DATA_COST = "sum(amount) filter (fact = 'data cost')"
VIEWS = "count(*) filter (fact in ('board view', 'certified view'))"
BY_DAY |= {
    "data_cost": DATA_COST,
    "cost_per_active_customer": f"{DATA_COST} / nullif(count(distinct who) filter (fact = 'active'), 0)",
    "board_views": VIEWS,
    "certified_board_views": "count(*) filter (fact = 'certified view')",
    "board_views_certified_share": f"count(*) filter (fact = 'certified view') / nullif({VIEWS}, 0)",
    "questions_answered": "count(*) filter (fact = 'answer')",
    "recent_questions": "coalesce(max_by(amount, day) filter (fact = 'recent questions'), 0)",
    "hours_to_answer": "max_by(amount, day) filter (fact = 'median wait')",
}
CREDITED = "sum(amount) filter (fact like '% purchase')"
CAMPAIGNS = "coalesce(sum(amount) filter (fact = 'campaign purchase'), 0)"
UNSEEN = "coalesce(sum(amount) filter (fact = 'unseen purchase'), 0)"
SPEND = "sum(amount) filter (fact = 'spend')"
CLAIMED = "sum(amount) filter (fact = 'claim')"
TOUCHED = "sum(amount) filter (fact like 'touched %')"
ACQUIRED = "sum(amount) filter (fact = 'campaign customer')"
BY_DAY |= {
    "credited_revenue": f"coalesce({CREDITED}, 0)",
    "campaign_revenue": CAMPAIGNS,
    "unattributed_revenue": UNSEEN,
    "campaign_new_customers": f"coalesce({ACQUIRED}, 0)",
    "credited_conversions": "count(distinct who) filter (fact = 'purchase')",
    "campaign_conversions": "coalesce(sum(amount) filter (fact = 'share of a campaign'), 0)",
    "ad_spend": f"coalesce({SPEND}, 0)",
    "claimed_conversions": f"coalesce({CLAIMED}, 0)",
    "touched_conversions": f"coalesce({TOUCHED}, 0)",
    "roas": f"if({CREDITED} is null, null, {CAMPAIGNS}) / nullif({SPEND}, 0)",
    "cost_per_new_customer": f"{SPEND} / nullif({ACQUIRED}, 0)",
    "over_claim_ratio": f"{CLAIMED} / nullif({TOUCHED}, 0)",
    "unattributed_revenue_share": f"{UNSEEN} / nullif({CREDITED}, 0)",
}
BY_DAY |= {
    "running_experiments": "count(distinct who) filter (fact = 'experiment')",
    "valid_experiments": "count(distinct who) filter (fact = 'valid experiment')",
    "valid_experiment_share": """count(distinct who) filter (fact = 'valid experiment')
        / nullif(count(distinct who) filter (fact = 'experiment'), 0)""",
}
BY_DAY |= {
    "finished_windows": "count(*) filter (fact in ('window', 'monitored window'))",
    "monitored_windows": "count(*) filter (fact = 'monitored window')",
    "monitored_patient_share": """count(*) filter (fact = 'monitored window')
        / nullif(count(*) filter (fact in ('window', 'monitored window')), 0)""",
}
# Of a table of months: over the same facts, for months and longer.
OF_MONTHS = {
    "experiment_revenue_contribution": "coalesce(sum(amount) filter (fact = 'contribution'), 0)",
}
LABELLED, FRAUD = (
    "count(*) filter (fact = 'labelled payment')",
    "sum(amount) filter (fact = 'fraud')",
)
REFUSED, GOOD = (f"sum(amount) filter (fact = '{which} good')" for which in ("refused", "weighed"))
OF_MONTHS |= {
    "labelled_payments": LABELLED,
    "scored_payments": "count(*) filter (fact like '%labelled payment')",
    "label_coverage": f"{LABELLED} / nullif(count(*) filter (fact like '%labelled payment'), 0)",
    "fraud_loss": f"coalesce({FRAUD}, 0)",
    "settled_amount": "coalesce(sum(amount) filter (fact in ('fraud', 'good')), 0)",
    "fraud_loss_rate": f"coalesce({FRAUD}, 0) / nullif(sum(amount) filter (fact in ('fraud', 'good')), 0)",
    "refused_good_amount": f"coalesce({REFUSED}, 0)",
    "good_amount": f"coalesce({GOOD}, 0)",
    "flagged_payments": "count(*) filter (fact like 'flagged%')",
    "labelled_flagged_payments": "count(*) filter (fact = 'flagged and known')",
    "good_sales_refused_share": f"""if(
        count(*) filter (fact like 'flagged%') = 0 or count(*) filter (fact = 'flagged and known') >= 10,
        coalesce({REFUSED}, 0) / nullif({GOOD}, 0), null
    )""",
}
ONLY_IN_TOTAL = (
    "raw_rows",
    "rejected_raw_rows",
    "rejected_row_share",
    "due_jobs",
    "succeeded_jobs",
    "pipeline_success_share",
    *(
        "data_cost",
        "cost_per_active_customer",
        "questions_answered",
        "recent_questions",
        "hours_to_answer",
    ),
    *("board_views", "certified_board_views", "board_views_certified_share"),
)

# Over the customers' months of a period and brand; first and last say which month of the period it is.
BY_MONTH = {
    "mrr": "sum(closing) filter (is_last)",
    "opening_mrr": "sum(opening) filter (is_first)",
    "new_mrr": "sum(if(opening = 0 and not known, closing, 0))",
    "reactivation_mrr": "sum(if(opening = 0 and known, closing, 0))",
    "expansion_mrr": "sum(if(opening > 0 and closing > revalued, closing - revalued, 0))",
    "contraction_mrr": "sum(if(closing > 0 and closing < revalued, revalued - closing, 0))",
    "churned_mrr": "sum(if(closing = 0, revalued, 0))",
    "fx_mrr": "sum(revalued - opening)",
    "annual_recurring_revenue": "12 * sum(closing) filter (is_last)",
    "gained_mrr": "sum(if(opening = 0, closing, greatest(closing - revalued, 0)))",
    "lost_mrr": "sum(if(opening > 0, greatest(revalued - closing, 0), 0))",
    "quick_ratio": """sum(if(opening = 0, closing, greatest(closing - revalued, 0)))
        / nullif(sum(if(opening > 0, greatest(revalued - closing, 0), 0)), 0)""",
    "voluntary_churned_mrr": "sum(if(closing = 0 and ending = 'voluntary', revalued, 0))",
    "involuntary_churned_mrr": "sum(if(closing = 0 and ending = 'payment_failed', revalued, 0))",
    "voluntary_churned_subscribers": "count(*) filter (opening > 0 and closing = 0 and ending = 'voluntary')",
    "involuntary_churned_subscribers": """count(*)
        filter (opening > 0 and closing = 0 and ending = 'payment_failed')""",
    "subscribers_at_start": "count(*) filter (opening > 0 and is_first)",
    "churned_subscribers": "count(*) filter (opening > 0 and closing = 0)",
}
BY_MONTH_ONLY = {
    "retained_mrr": "sum(if(opening > 0, closing, 0))",
    "gross_retained_mrr": "sum(if(opening > 0, least(closing, revalued), 0))",
    "opening_mrr_at_closing_rates": "sum(revalued)",
    "monthly_net_revenue_retention": "sum(if(opening > 0, closing, 0)) / nullif(sum(revalued), 0)",
    "monthly_gross_revenue_retention": "sum(if(opening > 0, least(closing, revalued), 0)) / nullif(sum(revalued), 0)",
    "mrr_of_a_year_before": "sum(year_before)",
    "mrr_retained_of_a_year": "sum(if(year_before > 0, closing, 0))",
    "mrr_gross_retained_of_a_year": "sum(least(closing, year_before))",
    "net_revenue_retention": "sum(if(year_before > 0, closing, 0)) / nullif(sum(year_before), 0)",
    "gross_revenue_retention": "sum(least(closing, year_before)) / nullif(sum(year_before), 0)",
    "customers_of_a_year_before": "count(*) filter (year_before > 0)",
    "subscriber_churn_rate": """count(*) filter (opening > 0 and closing = 0)
        / nullif(count(*) filter (opening > 0), 0)""",
    "voluntary_churn_rate": """count(*) filter (opening > 0 and closing = 0 and ending = 'voluntary')
        / nullif(count(*) filter (opening > 0), 0)""",
    "involuntary_churn_rate": """count(*) filter (opening > 0 and closing = 0 and ending = 'payment_failed')
        / nullif(count(*) filter (opening > 0), 0)""",
}

# Over the facts of a month.
OF_ONE_MONTH = {
    "monthly_active_customers": "count(distinct who) filter (fact = 'active')",
    "active_customer_days": "count(distinct (who, brand_of, day)) filter (fact = 'active')",
    "possible_customer_days": "coalesce(sum(amount) filter (fact = 'possible day'), 0)",
    "customers_there": "count(*) filter (fact = 'there')",
    "customers_at_risk": "count(*) filter (fact = 'known')",
    "customers_churned": "count(*) filter (fact = 'left')",
    "troubleshooting_callers": "count(*) filter (fact = 'caller')",
    "top_decile_revenue": "coalesce(sum(amount) filter (fact = 'top revenue'), 0)",
    "ranked_revenue": "coalesce(sum(amount) filter (fact = 'payer revenue'), 0)",
    "month_1_cohort_customers": "count(*) filter (fact = 'month 1')",
    "month_1_retained_customers": "count(*) filter (fact = 'back in month 1')",
    "due_orders": "count(*) filter (fact in ('on time', 'late'))",
    "orders_on_time": "count(*) filter (fact = 'on time')",
}
OF_ONE_MONTH |= {
    share: f"{OF_ONE_MONTH[part]} / nullif({OF_ONE_MONTH[whole]}, 0)"
    for share, part, whole in (
        ("stickiness", "active_customer_days", "possible_customer_days"),
        ("customer_churn_rate", "customers_churned", "customers_at_risk"),
        ("troubleshooting_call_rate", "troubleshooting_callers", "customers_there"),
        ("top_decile_revenue_share", "top_decile_revenue", "ranked_revenue"),
        ("month_1_retention", "month_1_retained_customers", "month_1_cohort_customers"),
        ("on_time_share", "orders_on_time", "due_orders"),
    )
}

# Over the days before and up to the last day of a period; last_day and day are columns.
RUNNING = {
    "revenue_28_days": "day > last_day - 28",
    "revenue_month_to_date": "date_trunc('month', day) = date_trunc('month', last_day)",
}
