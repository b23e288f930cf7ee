-- A case counts from the month on in which it is mature; until then it waits.
with scored as (
    select
        model_name,
        model_version,
        country_code,
        {{ month_of('attempted_date') }} as attempted_month,
        {{ month_of(dbt.dateadd(
            'day', var('fraud_maturity_days'), 'attempted_date'
        )) }} as mature_month,
        label,
        is_flagged and label_weight is not null as is_evidence,
        is_mature
    from {{ ref('payment_labels') }}
    where is_flagged is not null
),

arrived as (
    select
        model_name,
        model_version,
        country_code,
        attempted_month as month_start,
        count(case when label <> 'unlabelled' then 1 end) as arrivals
    from scored
    group by model_name, model_version, country_code, attempted_month
),

matured as (
    select
        model_name,
        model_version,
        country_code,
        mature_month as month_start,
        count(case when label <> 'unlabelled' then 1 end) as departures,
        count(case when label = 'clean' then 1 end) as good_cases,
        count(case when label = 'confirmed' then 1 end) as bad_cases,
        count(case when is_evidence and label = 'clean' then 1 end)
            as good_flagged_cases,
        count(case when is_evidence and label = 'confirmed' then 1 end)
            as bad_flagged_cases
    from scored
    where is_mature
    group by model_name, model_version, country_code, mature_month
),

groups as (
    select
        model_name,
        model_version,
        country_code,
        min(month_start) as first_month
    from arrived
    group by model_name, model_version, country_code
),

months as (
    select distinct dates.month_start
    from {{ ref('dates') }} as dates
    inner join {{ as_of() }} as as_of on dates.date_day <= as_of.as_of_date
),

counted as (
    select
        groups.model_name,
        groups.model_version,
        groups.country_code,
        months.month_start,
        coalesce(arrived.arrivals, 0) - coalesce(matured.departures, 0) as waiting,
        coalesce(matured.good_cases, 0) as good_cases,
        coalesce(matured.bad_cases, 0) as bad_cases,
        coalesce(matured.good_flagged_cases, 0) as good_flagged_cases,
        coalesce(matured.bad_flagged_cases, 0) as bad_flagged_cases
    from groups
    inner join months on groups.first_month <= months.month_start
    {%- for table in ['arrived', 'matured'] %}
    left join {{ table }}
        on
            groups.model_name = {{ table }}.model_name
            and groups.model_version = {{ table }}.model_version
            and groups.country_code = {{ table }}.country_code
            and months.month_start = {{ table }}.month_start
    {%- endfor %}
)

select * from counted
