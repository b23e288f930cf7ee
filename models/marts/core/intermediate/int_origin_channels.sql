with origins as (
    select distinct
        brand,
        utm_source,
        utm_medium,
        referrer_host
    from {{ ref('int_sessions') }}
),

channel_rules as (
    select
        rule_order,
        channel,
        coalesce(utm_source_pattern, '') as utm_source_pattern,
        coalesce(utm_medium_pattern, '') as utm_medium_pattern,
        coalesce(referrer_pattern, '') as referrer_pattern
    from {{ ref('channel_rules') }}
),

matched as (
    select
        origins.*,
        channel_rules.rule_order,
        channel_rules.channel
    from origins
    inner join channel_rules
        on
            (
                channel_rules.utm_source_pattern = ''
                or {{ matches(
                    "lower(coalesce(origins.utm_source, ''))",
                    'channel_rules.utm_source_pattern'
                ) }}
            )
            and (
                channel_rules.utm_medium_pattern = ''
                or {{ matches(
                    "lower(coalesce(origins.utm_medium, ''))",
                    'channel_rules.utm_medium_pattern'
                ) }}
            )
            and (
                channel_rules.referrer_pattern = ''
                or {{ matches(
                    "coalesce(origins.referrer_host, '')",
                    "replace(channel_rules.referrer_pattern, '{brand}', "
                    ~ literal_pattern('lower(origins.brand)') ~ ')'
                ) }}
            )
),

first_matches as (
    select
        brand,
        utm_source,
        utm_medium,
        referrer_host,
        min_by(channel, rule_order) as channel
    from matched
    group by brand, utm_source, utm_medium, referrer_host
)

select * from first_matches
