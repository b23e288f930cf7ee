"""Rules of the reference seeds that name what never occurs in the data: a funnel's event, a step's status, a topic.

A word spelled otherwise than the company's data spell it makes a table empty, not wrong: nothing else would say so.
"""

import duckdb

MOST_NAMES = 3
# Of each seed what occurs, and the names that say something only if they occur. A company without any of what occurs
# lacks the file, which `make doctor` says; a seed of which no table was built is not asked.
OCCURS = {
    "tracking_plan": "select distinct event_name from core.tracking_plan_checks where event_count > 0",
    "funnels": "select distinct event_name from core.tracking_plan_checks where event_count > 0",
    "order_steps": """
        select distinct orders.brand || ' ' || events.status
        from core.orders
        inner join staging.stg_app__order_status_events as events using (order_id)
    """,
    "contact_topics": "select distinct topic from staging.stg_support__tickets where topic is not null",
    "experiment_metrics": "select distinct fact from experiments.int_experiment_facts",
    "recommendation_events": "select distinct event_name from core.tracking_plan_checks where event_count > 0",
    "model_experiments": """
        select experiment_id || ' ' || model_name || ' ' || model_version from ml.int_model_experiments
    """,
}
NAMES = {
    "tracking_plan": "select event_name from reference.tracking_plan where is_conversion or is_activity",
    "funnels": "select event_name from reference.funnels",
    "order_steps": "select brand || ' ' || status from reference.order_steps",
    "contact_topics": "select topic from reference.contact_topics where is_troubleshooting",
    "experiment_metrics": """
        select unnest([numerator, denominator]) from reference.experiment_metrics
        where metric_name in (select metric_name from staging.stg_experiments__metrics)
    """,
    "recommendation_events": "select event_name from reference.recommendation_events",
    "model_experiments": """
        select experiment_id || ' ' || model_name || ' ' || model_version from reference.model_experiments
    """,
}


def unused_rules(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """By seed the names that occur nowhere, sorted; seeds of which every name occurs are not in it."""
    found = {}
    for seed, names in NAMES.items():
        try:
            occurring = {name for (name,) in connection.execute(OCCURS[seed]).fetchall()}
            named = {name for (name,) in connection.execute(names).fetchall() if name}
        except duckdb.CatalogException:
            continue
        found[seed] = sorted(named - occurring) if occurring else []
    return {seed: names for seed, names in found.items() if names}


def line_on_rules(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One line for the end of a build, none where every rule names something."""
    parts = []
    for seed, names in unused_rules(connection).items():
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        parts.append(f"{seed} ({', '.join(names[:MOST_NAMES])}{more})")
    return [f"  Rules that name nothing in the data: {'; '.join(parts)}"] if parts else []
