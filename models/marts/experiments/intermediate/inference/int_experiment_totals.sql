with places as (
    select * from {{ ref('int_experiment_places') }}
),

measures as (
    select
        population_kind,
        population_id,
        metric_name
    from {{ ref('int_experiment_measures') }}
),

sums as (
    select * from {{ ref('int_experiment_sums') }}
),

days_since as (
    select * from {{ ref('int_experiment_days_since') }}
),

added as (
    select
        places.population_kind,
        places.population_id,
        places.variant,
        places.phase,
        measures.metric_name,
        places.place_type,
        places.place,
        cast(sum(places.n) as bigint) as n,
        cast(coalesce(sum(sums.n_mature), 0) as bigint) as n_mature,
        {{ columns_of_sums('sum(sums.', ')') }}
    from places
    inner join measures
        on
            places.population_kind = measures.population_kind
            and places.population_id = measures.population_id
    left join sums
        on
            places.cell_id = sums.cell_id
            and measures.metric_name = sums.metric_name
    group by 1, 2, 3, 4, 5, 6, 7
),

arms as (
    select * from added
    where population_kind = 'experiment' and place_type = 'all'
),

exposed_days as (
    select distinct
        population_id,
        place
    from added
    where place_type = 'exposed_on'
),

-- A day on which only one arm was exposed carries what the other had before.
exposed_until as (
    select
        arms.population_kind,
        arms.population_id,
        arms.variant,
        arms.phase,
        arms.metric_name,
        'exposed_until' as place_type,
        exposed_days.place,
        cast(sum(exposed_on.n) over days as bigint) as n,
        cast(sum(exposed_on.n_mature) over days as bigint) as n_mature,
        {{ columns_of_sums('sum(exposed_on.', ') over days') }}
    from arms
    inner join exposed_days
        on arms.population_id = exposed_days.population_id
    left join added as exposed_on
        on
            arms.population_id = exposed_on.population_id
            and arms.variant = exposed_on.variant
            and arms.phase = exposed_on.phase
            and arms.metric_name = exposed_on.metric_name
            and exposed_on.place_type = 'exposed_on'
            and exposed_days.place = exposed_on.place
    window days as (
        partition by
            arms.population_id, arms.variant, arms.phase, arms.metric_name
        order by exposed_days.place
        rows between unbounded preceding and current row
    )
),

since_exposure as (
    select
        arms.population_kind,
        arms.population_id,
        arms.variant,
        arms.phase,
        arms.metric_name,
        'days_since' as place_type,
        cast(days_since.days_since_exposure as varchar) as place,
        arms.n,
        arms.n_mature,
        {{ columns_of_sums('days_since.') }}
    from arms
    inner join days_since
        on
            arms.population_id = days_since.experiment_id
            and arms.variant = days_since.variant
            and arms.phase = days_since.phase
            and arms.metric_name = days_since.metric_name
),

whole as (
    select * from added
    union all
    select * from exposed_until
    union all
    select * from since_exposure
)

select * from whole
where n > 0
