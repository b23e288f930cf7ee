"""A process that has dbt loaded and the project parsed, and runs each command in a fork of itself.

To start dbt takes longer than most of the builds in the tests, and so does parsing the project; the macros are compiled
here too, and the plugins loaded, once for all forks. Each line on standard
input is a request as JSON: {arguments, environment, output, target, parsed, artifacts}. The command's output goes to the file
`output`; the answer, on standard output, is its exit code. `parsed` is the folder in which the parsed project is kept,
for all runs that parse alike: files of `target`, and here a manifest that every fork inherits.
"""

import gc
import importlib
import json
import os
import pathlib
import shutil
import sys

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import template_cache

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
PARSED = ("partial_parse.msgpack", "manifest.json", "semantic_manifest.json")
ANSWERS = "metric_sql"
manifests: dict[str, Manifest] = {}


def run(request: dict) -> int:
    """In a fork: the command as dbt's own program would run it."""
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    # It ends before what it leaves behind is worth collecting.
    gc.disable()
    if not request["artifacts"] and request["parsed"] in manifests:
        os.environ.update(DBT_WRITE_JSON="false", DBT_LOG_LEVEL_FILE="none")
    result = dbtRunner(manifests.get(request["parsed"])).invoke(request["arguments"])
    # A process that ends closes the database, which writes it to its file; a fork that is left does not.
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    if result.exception and not result.result:
        print(result.exception)
    sys.stdout.flush()
    sys.stderr.flush()
    return 0 if result.success else 2 if result.exception else 1


def show_parsed(request: dict) -> None:
    """Puts the parsed project before dbt, and into this process, if another run kept it."""
    kept, target = pathlib.Path(request["parsed"]), pathlib.Path(request["target"])
    if not (kept / PARSED[0]).exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    for name in PARSED:
        if not (target / name).exists():
            shutil.copy(kept / name, target / name)
    copy_answers(kept, target)
    if str(kept) not in manifests:
        manifest = Manifest.from_msgpack((kept / PARSED[0]).read_bytes())
        for macro in manifest.macros.values():
            template_cache.get_node_template(macro)
        manifests[str(kept)] = manifest
        gc.freeze()


def load_plugins() -> None:
    """All but the semantic layer: MetricFlow's answers are kept, and it takes seconds to load."""
    sys.path.append(str(PLUGINS))
    for plugin in PLUGINS.glob("*.py"):
        if plugin.stem != "semantic_layer":
            importlib.import_module(plugin.stem)


def copy_answers(source: pathlib.Path, to: pathlib.Path) -> None:
    """What MetricFlow answered, file by file and each in one step: two workers may copy at once."""
    (to / ANSWERS).mkdir(exist_ok=True)
    for answer in (source / ANSWERS).glob("*"):
        if not answer.suffix and not (to / ANSWERS / answer.name).exists():
            making = to / ANSWERS / f"{answer.name}.{os.getpid()}"
            shutil.copy(answer, making)
            making.replace(to / ANSWERS / answer.name)


def keep_parsed(request: dict) -> None:
    """Keeps what a run parsed, in one step, for whoever comes next."""
    kept, target = pathlib.Path(request["parsed"]), pathlib.Path(request["target"])
    if (kept / PARSED[0]).exists():
        copy_answers(target, kept)
        return
    if not all((target / name).exists() for name in PARSED):
        return
    making = kept.with_name(f"{kept.name}.{os.getpid()}")
    making.mkdir(parents=True)
    for name in PARSED:
        shutil.copy(target / name, making / name)
    copy_answers(target, making)
    try:
        making.rename(kept)
    except OSError:
        shutil.rmtree(making)


def serve() -> None:
    load_plugins()
    for line in sys.stdin:
        request = json.loads(line)
        show_parsed(request)
        child = os.fork()
        if not child:
            code = 3
            try:
                code = run(request)
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if not code:
            keep_parsed(request)
        print(code, flush=True)


if __name__ == "__main__":
    serve()
