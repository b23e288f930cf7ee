"""What several test files share."""

import pytest
import warehouse
from filelock import FileLock


@pytest.fixture(scope="session")
def demo(tmp_path_factory, worker_id):
    """The demo company's whole warehouse: built once, shared by all, only read. Who writes takes a copy."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    database = folder / "demo.duckdb"
    with FileLock(folder / "demo.lock"):
        is_built = folder / "demo.built"
        if not is_built.exists():
            warehouse.build(database, tests=False)
            is_built.touch()
    return database
