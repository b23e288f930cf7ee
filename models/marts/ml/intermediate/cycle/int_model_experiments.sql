with experiments as (
    select
        experiment_id,
        experiment_name,
        experiment_type,
        model_version,
        started_at,
        ended_at
    from {{ ref('stg_experiments__experiments') }}
    where experiment_type <> 'aa'
),

named as (
    select * from {{ ref('model_experiments') }}
),

versions as (
    select
        model_name,
        model_version,
        count(*) over (partition by model_version) as namesakes
    from {{ ref('model_registry') }}
),

-- An experiment names a version and no model: that says enough while one model has it.
tied as (
    select
        experiments.experiment_id,
        versions.model_name,
        versions.model_version,
        named.variant
    from named
    inner join experiments
        on named.experiment_id = experiments.experiment_id
    inner join versions
        on
            named.model_name = versions.model_name
            and named.model_version = versions.model_version
    union all
    select
        experiments.experiment_id,
        versions.model_name,
        versions.model_version,
        cast(null as varchar) as variant
    from experiments
    inner join versions
        on
            experiments.model_version = versions.model_version
            and versions.namesakes = 1
    left join named
        on experiments.experiment_id = named.experiment_id
    where named.experiment_id is null
),

decisions as (
    select
        experiment_id,
        max_by(decision, decided_at) as decision,
        max_by(shipped_variant, decided_at) as shipped_variant
    from {{ ref('stg_experiments__decisions') }}
    group by experiment_id
),

-- Without a name, the treatment is the only one, else the one that shipped.
treatments as (
    select
        variants.experiment_id,
        case
            when count(*) = 1 then min(variants.variant)
            else max(
                case
                    when variants.variant = decisions.shipped_variant
                        then variants.variant
                end
            )
        end as variant
    from {{ ref('stg_experiments__variants') }} as variants
    left join decisions using (experiment_id)
    where not variants.is_control
    group by variants.experiment_id
),

-- What an A/B test says of a version goes before what a group held out says of it.
chosen as (
    select
        tied.model_name,
        tied.model_version,
        tied.experiment_id,
        coalesce(tied.variant, treatments.variant) as variant,
        experiments.experiment_name,
        experiments.experiment_type,
        -- What was shipped may be another arm.
        case
            when
                decisions.decision = 'ship'
                and decisions.shipped_variant
                <> coalesce(tied.variant, treatments.variant)
                then 'stop'
            else decisions.decision
        end as decision,
        row_number() over (
            partition by tied.model_name, tied.model_version
            order by
                case when experiments.experiment_type = 'ab' then 1 else 2 end,
                experiments.started_at desc,
                tied.experiment_id desc
        ) = 1 as is_deciding,
        experiments.started_at,
        experiments.ended_at
    from tied
    inner join experiments
        on tied.experiment_id = experiments.experiment_id
    left join decisions
        on tied.experiment_id = decisions.experiment_id
    left join treatments
        on tied.experiment_id = treatments.experiment_id
)

select * from chosen
