"""The end of a build says which rules name nothing that occurs."""

import duckdb
import pytest
from warehouse import PROJECT


@pytest.fixture
def rules(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "tools"))
    import unused_rules

    return unused_rules


@pytest.fixture
def warehouse():
    connection = duckdb.connect()
    connection.execute(
        """
        create schema core; create schema reference; create schema staging; create schema experiments;
        create table core.tracking_plan_checks as
            select unnest(['page_viewed', 'purchase', 'login']) as event_name, unnest([3, 2, 0]) as event_count;
        create table reference.tracking_plan as select * from (values
            ('page_viewed', false, true), ('order_placed', true, true), ('scrolled', false, false)
        ) as plan (event_name, is_conversion, is_activity);
        create table reference.funnels as select unnest(['page_viewed', 'login', 'order_placed']) as event_name;
        create table core.orders as select 'o' as order_id, 'b' as brand;
        create table staging.stg_app__order_status_events as select 'o' as order_id, 'placed' as status;
        create table reference.order_steps as
            select 'b' as brand, unnest(['placed', 'Placed', 's3', 's4', 's5']) as status;
        create table staging.stg_support__tickets (topic varchar);
        create table reference.contact_topics as select 'help' as topic, true as is_troubleshooting;
        create table experiments.int_experiment_facts as select 'orders.order_id' as fact;
        create table staging.stg_experiments__metrics as select unnest(['orders', 'tickets_per_order']) as metric_name;
        create table reference.experiment_metrics as select * from (values
            ('orders', 'orders.order_id', null),
            ('tickets_per_order', 'tickets.ticket_id', 'orders.order_id'),
            ('unused', 'sessions.session_id', null)
        ) as metrics (metric_name, numerator, denominator);
        create schema ml;
        create table ml.int_model_experiments as
            select 'e1' as experiment_id, 'shop' as model_name, 'v2' as model_version;
        create table reference.model_experiments as
            select 'e1' as experiment_id, 'shop' as model_name, unnest(['v2', 'v3']) as model_version;
        create table reference.recommendation_events as select unnest(['page_viewed', 'tapped']) as event_name
        """
    )
    return connection


def test_rules_that_name_nothing_are_told(rules, warehouse):
    assert rules.line_on_rules(warehouse) == [
        "  Rules that name nothing in the data: tracking_plan (order_placed); "
        "funnels (login, order_placed); order_steps (b Placed, b s3, b s4 and 1 more); "
        "experiment_metrics (tickets.ticket_id); recommendation_events (tapped); model_experiments (e1 shop v3)"
    ]


def test_a_company_without_the_facts_hears_nothing_of_their_rules(rules, warehouse):
    warehouse.execute(
        "delete from core.tracking_plan_checks; drop schema experiments cascade; drop schema ml cascade"
    )
    assert set(rules.unused_rules(warehouse)) == {"order_steps"}


def test_rules_that_occur_are_not_told(rules, warehouse):
    warehouse.execute(
        """
        delete from reference.order_steps where status <> 'placed';
        delete from reference.recommendation_events where event_name = 'tapped';
        delete from reference.model_experiments where model_version = 'v3';
        delete from reference.funnels where event_name <> 'page_viewed';
        delete from reference.tracking_plan where is_conversion;
        delete from reference.experiment_metrics where metric_name <> 'orders';
        insert into staging.stg_support__tickets values ('help')
        """
    )
    assert rules.line_on_rules(warehouse) == []
