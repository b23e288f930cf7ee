"""What several test files share."""

import pytest
import warehouse


@pytest.fixture(scope="session")
def demo_metrics(tmp_path_factory):
    """The demo company's metrics, and all that they are computed from."""
    database = tmp_path_factory.mktemp("metrics") / "demo.duckdb"
    warehouse.build(database, select="+path:models/metrics", tests=False)
    return database
