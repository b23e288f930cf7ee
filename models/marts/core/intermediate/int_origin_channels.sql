with origins as (
    select distinct
        origin,
        brand,
        {{ comparable_tag('utm_source') }} as source_tag,
        {{ comparable_tag('utm_medium') }} as medium_tag,
        {{ comparable_tag('utm_campaign') }} as campaign_tag,
        referrer_host,
        click_parameter
    from {{ ref('int_session_runs') }}
    where origin is not null
),

click_ids as (
    select
        parameter,
        utm_source,
        utm_medium
    from {{ ref('click_ids') }}
),

channel_rules as (
    select
        rule_order,
        channel,
        coalesce(kind, 'visit') as kind,
        coalesce(utm_source_pattern, '') as source_pattern,
        coalesce(utm_medium_pattern, '') as medium_pattern,
        coalesce(utm_campaign_pattern, '') as campaign_pattern,
        coalesce(referrer_pattern, '') as referrer_pattern,
        concat_ws(
            '', utm_source_pattern, utm_medium_pattern, utm_campaign_pattern
        ) <> '' as is_by_tag
    from {{ ref('channel_rules') }}
),

-- The tags, with what they lack from the click id; where no rule knows them, the click id alone.
readings as (
    select
        origins.origin,
        attempts.attempt,
        {{ host_name_pattern('origins.brand') }} as brand_pattern,
        coalesce(
            case when attempts.attempt = 1 then origins.source_tag end,
            click_ids.utm_source,
            case when click_ids.parameter is not null then origins.referrer_host end,
            ''
        ) as utm_source,
        coalesce(
            case when attempts.attempt = 1 then origins.medium_tag end,
            click_ids.utm_medium,
            ''
        ) as utm_medium,
        coalesce(origins.campaign_tag, '') as utm_campaign,
        coalesce(origins.referrer_host, '') as referrer_host
    from origins
    left join click_ids on origins.click_parameter = click_ids.parameter
    inner join (values (1), (2)) as attempts (attempt)
        on attempts.attempt = 1 or click_ids.parameter is not null
),

matched as (
    select
        readings.origin,
        readings.attempt,
        min_by(channel_rules.channel, channel_rules.rule_order) as channel,
        min_by(channel_rules.kind, channel_rules.rule_order) as kind,
        min_by(channel_rules.is_by_tag, channel_rules.rule_order) as is_by_tag
    from readings
    inner join channel_rules
        on
            {{ matches('readings.utm_source', 'channel_rules.source_pattern') }}
            and {{ matches('readings.utm_medium', 'channel_rules.medium_pattern') }}
            and {{ matches('readings.utm_campaign', 'channel_rules.campaign_pattern') }}
            and {{ matches(
                'readings.referrer_host',
                "replace(channel_rules.referrer_pattern, '{brand}', readings.brand_pattern)"
            ) }}
    group by readings.origin, readings.attempt
),

ranked as (
    select
        *,
        row_number() over (
            partition by origin
            order by
                case when is_by_tag and channel <> 'unassigned' then 0 else 1 end,
                attempt
        ) as preference
    from matched
),

named as (
    select
        origins.origin,
        origins.brand,
        origins.source_tag,
        origins.medium_tag,
        origins.campaign_tag,
        case
            when
                coalesce(origins.source_tag, origins.medium_tag, origins.campaign_tag)
                is not null
                then {{ key_of([
                    'origins.source_tag', 'origins.medium_tag', 'origins.campaign_tag'
                ]) }}
            else origins.click_parameter
        end as campaign_key,
        coalesce(ranked.channel, 'unassigned') as channel,
        coalesce(ranked.kind, 'visit') as kind
    from origins
    left join ranked
        on
            origins.origin = ranked.origin
            and ranked.preference = 1
)

select * from named
