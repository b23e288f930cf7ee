{% macro experiment_size(metric=none, brand=none, unit=none, effect=0.1, arms=2, power=0.8) %}
    {%- set baselines = relation_of('experiments', 'int_experiment_baselines') -%}
    {%- set traffic_days = relation_of('experiments', 'int_experiment_traffic_days') -%}
    {%- if not (baselines and traffic_days) -%}
        {%- do stop('There is no experiments.int_experiment_baselines in the warehouse: run dbt build first, with experiments in the var areas.') -%}
    {%- endif -%}
    {%- do stop_unless_known('METRIC', 'metric_name', metric, relation_of('reference', 'experiment_metrics')) -%}
    {%- if not run_query('select 1 from ' ~ baselines ~ ' limit 1').rows | length -%}
        {%- do stop('Nobody visited in the ' ~ var('planning_days') ~ ' days that tests are planned by, which ended ' ~ (var('planning_days') + var('late_days'))
            ~ ' days before as_of. Visits come from events__events; for a company with fewer days of them, make the var planning_days smaller.') -%}
    {%- endif -%}
    {%- do stop_unless_known('BRAND', 'brand', brand, baselines) -%}
    {%- do stop_unless_known('UNIT', 'unit', unit, baselines) -%}
    {%- set effect = effect | float(effect) -%}
    {%- set power = power | float(power) -%}
    {%- do stop_unless_between('EFFECT', effect, 0, 10, '0.1 for a tenth of the baseline') -%}
    {%- do stop_unless_between('POWER', power, 0.05, 1, '0.8') -%}
    {%- if not (arms is integer and arms >= 2) -%}
        {%- do stop('ARMS=' ~ arms ~ ' is no whole number of 2 or more: the control and its treatments.') -%}
    {%- endif -%}
    {%- set sizes = run_query(
        "select * from (" ~ experiment_sizes_at(baselines, traffic_days, [effect], arms, power) ~ ") as sizes where true"
        ~ (" and metric_name = " ~ quoted(metric) if metric else '')
        ~ (" and brand = " ~ quoted(brand) if brand else '')
        ~ (" and unit = " ~ quoted(unit) if unit else '')
        ~ " order by brand, unit, metric_name"
    ) -%}
    {%- set line = '{:<12} {:<9} {:<20} {:>12} {:>10} {:>12} {:>12} {:>9} {:>9}' -%}
    {%- set out = ['', 'Units and days to find a relative change of ' ~ '{:g}'.format(effect * 100) ~ ' % with power '
        ~ '{:g}'.format(power * 100) ~ ' %, ' ~ arms ~ ' arms, at 5 % two-sided'
        ~ (' over its ' ~ (arms - 1) ~ ' treatments' if arms > 2 else '') ~ '. Outcomes of ' ~ var('planning_days') ~ ' days.', '',
        line.format('brand', 'unit', 'metric', 'baseline', 'units now', 'units/arm', 'with past', 'exposure', 'result')] -%}
    {%- if not sizes.rows | length -%}
        {%- do stop('Nobody came as ' ~ unit ~ ' to ' ~ brand ~ ' in the ' ~ var('planning_days') ~ ' days that tests are planned by.') -%}
    {%- endif -%}
    {%- for size in sizes -%}
        {%- if size['problem'] -%}
            {%- do out.append(line.format(size['brand'], size['unit'], size['metric_name'], '', size['traffic_units'], size['problem'], '', '', '')) -%}
        {%- else -%}
            {%- do out.append(line.format(
                size['brand'], size['unit'], size['metric_name'],
                '{:.4g}'.format(size['baseline'] | float),
                '{:,}'.format(size['traffic_units'] | int),
                '{:,}'.format(whole_units(size['units_per_arm'])),
                '{:,}'.format(whole_units(size['units_per_arm_with_past'])) if size['units_per_arm_with_past'] is not none else '-',
                days_in_words(size['exposure_days'], 0),
                days_in_words(size['exposure_days'], var('planning_days'))
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do out.append('\nunits now: that came in ' ~ var('planning_days') ~ ' days. with past: units/arm where CUPED uses the days before.\n'
        ~ 'exposure: days until all arms are full. result: days until their outcomes are in. never: no new units come.') -%}
    {%- do print(out | join('\n') ~ '\n') -%}
{% endmacro %}


{# The next whole number of units. #}
{% macro whole_units(units) %}
    {{ return((units | float | round(0, 'ceil')) | int) }}
{% endmacro %}


{% macro days_in_words(days, more) %}
    {{ return('never' if days is none else ('{:,}'.format((days | int) + more) ~ ' days')) }}
{% endmacro %}


{# Stops unless the value, where there is one, is in the column; says which are. #}
{% macro stop_unless_known(name, column, value, relation) %}
    {%- set known = run_query('select distinct ' ~ column ~ ' from ' ~ relation ~ ' order by 1').columns[0].values() | list -%}
    {%- if value and value not in known -%}
        {%- do stop(name ~ '=' ~ value ~ ' is unknown. Known: ' ~ known | join(', ')) -%}
    {%- endif -%}
{% endmacro %}


{# Stops unless the value is a number above one and below the other. #}
{% macro stop_unless_between(name, value, low, high, example) %}
    {%- if not (value is number and low < value < high) -%}
        {%- do stop(name ~ '=' ~ value ~ ' is no number above ' ~ low ~ ' and below ' ~ high ~ ', like ' ~ example) -%}
    {%- endif -%}
{% endmacro %}


{# A select of the units and days that a test with this many arms needs, one row per baseline and relative effect. At 5 % two-sided
   over all treatments: each gets its part, as the smallest p-value of Holm does. #}
{% macro experiment_sizes_at(baselines, traffic_days, effects, arms=2, power=0.8) -%}
    {%- set significance = 0.05 / (arms - 1) -%}
    with effects as (
        select cast(effect as double) as relative_effect
        from (values {% for effect in effects %}({{ effect }}){{ ', ' if not loop.last }}{% endfor %}) as effects (effect)
    ),

    goals as (
        select
            baselines.*,
            effects.relative_effect,
            abs(baselines.baseline) * effects.relative_effect as effect,
            case
                when baselines.n_mature < 2 then 'fewer than two units came'
                when baselines.baseline is null then 'a denominator of zero'
                when baselines.baseline = 0 then 'a baseline of zero'
                when not baselines.spread > 0 then 'no variance'
                when baselines.kind = 'proportion' and baselines.baseline * (1 + effects.relative_effect) >= 1
                    then 'a share of 1 or more'
                when abs(baselines.baseline) * effects.relative_effect < 1e-6 * sqrt(baselines.spread)
                    then 'an effect lost in the spread'
            end as problem
        from {{ baselines }} as baselines
        cross join effects
    ),

    -- Shares by the normal approximation, the rest by the power of the t-test.
    sized as (
        select
            *,
            case
                when problem is not null then null
                when kind = 'proportion'
                    then
                        power(normal_quantile(1 - {{ significance }} / 2) + normal_quantile({{ power }}), 2)
                        * (spread + (baseline + effect) * (1 - baseline - effect))
                        / power(effect, 2)
                else t_test_size(effect / sqrt(spread), {{ significance }}, {{ power }})
            end as units_per_arm
        from goals
    ),

    with_past as (
        select
            *,
            case
                when unexplained_share is null or unexplained_share <= 0 then null
                when kind = 'proportion' then units_per_arm * unexplained_share
                when units_per_arm is not null
                    then t_test_size(effect / sqrt(spread * unexplained_share), {{ significance }}, {{ power }})
            end as units_per_arm_with_past,
            {{ arms }} * ceil(units_per_arm) as units_needed
        from sized
    ),

    windows as (
        select
            experiment_id,
            max(day_number) as days,
            max(units) as units,
            (max(units) - coalesce(max(case when day_number <= {{ var('planning_days') }} - 7 then units end), 0))
            / least(7.0, {{ var('planning_days') }}) as new_units_a_day
        from {{ traffic_days }}
        group by experiment_id
    ),

    reached as (
        select
            with_past.experiment_id,
            with_past.metric_name,
            with_past.relative_effect,
            min(traffic_days.day_number) as day_number
        from with_past
        inner join {{ traffic_days }} as traffic_days
            on
                with_past.experiment_id = traffic_days.experiment_id
                and with_past.units_needed <= traffic_days.units
        group by with_past.experiment_id, with_past.metric_name, with_past.relative_effect
    )

    -- Beyond the window, units go on coming for the first time as in its last week.
    select
        with_past.*,
        windows.units as traffic_units,
        cast(
            coalesce(
                reached.day_number,
                windows.days + ceil((with_past.units_needed - windows.units) / nullif(windows.new_units_a_day, 0))
            ) as bigint
        ) as exposure_days
    from with_past
    inner join windows
        on with_past.experiment_id = windows.experiment_id
    left join reached
        on
            with_past.experiment_id = reached.experiment_id
            and with_past.metric_name = reached.metric_name
            and with_past.relative_effect = reached.relative_effect
{%- endmacro %}
