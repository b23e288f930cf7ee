{{ metric_part(reads=[
    ref('attributed_conversions'),
    ref('campaign_days'),
]) }}
