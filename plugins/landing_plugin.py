"""What dbt asks plugins/landing.py, as functions of SQL. Apart, so that programs can land without loading dbt."""

import gc
import json

import landing
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """Makes known to SQL: `landing_plan(request as JSON) -> plan as JSON`, `unchanged_tables(requests as JSON) ->
    names as JSON` and `folder_problem(folder, fact tables)`."""

    def configure_connection(self, connection):
        # What dbt has parsed stays to the end of the run: not looked through again at each collection.
        gc.freeze()

        def landing_plan(request: str) -> str:
            asked = json.loads(request)
            return json.dumps(
                landing.plan(connection, asked["table"], asked["relation"], asked["folder"])
            )

        def unchanged(request: str) -> str:
            asked = json.loads(request)
            return json.dumps(landing.unchanged_tables(asked["folder"], asked["requests"]))

        def folder_problem(folder: str, fact_tables: list[str]) -> str:
            try:
                landing.check_folder(folder, fact_tables)
            except landing.Problem as problem:
                return str(problem)
            return ""

        connection.create_function("landing_plan", landing_plan, ["VARCHAR"], "VARCHAR")
        connection.create_function("unchanged_tables", unchanged, ["VARCHAR"], "VARCHAR")
        connection.create_function(
            "folder_problem", folder_problem, ["VARCHAR", "VARCHAR[]"], "VARCHAR"
        )
