"""A process that has dbt loaded and the project parsed, and runs each command in a fork of itself.

To start dbt takes longer than most of the builds in the tests, and so does parsing the project; macros and models are
compiled to Python here too, the plugins loaded and the graph linked, once for all forks. What dbt would say only in its
debug log is not put together: nobody reads it here.

Each line on standard input is a request as JSON: {arguments, environment, output, target, parsed, artifacts}. The
command's output goes to the file `output`; the answer, on standard output, is its exit code. `parsed` is the folder in
which the parsed project is kept, for all runs that parse alike: files of `target`, and here a manifest that every fork
inherits.
"""

import collections
import functools
import gc
import importlib
import json
import os
import pathlib
import shutil
import sys
from itertools import pairwise

import agate
import jinja2
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.cli.main import dbtRunner
from dbt.compilation import Linker
from dbt.contracts.graph.manifest import FlatGraphMapping, Manifest
from dbt.contracts.project import (
    Configuration,
    PackageConfig,
    ProfileConfig,
    Project,
    ProjectFlags,
)
from dbt.contracts.selection import SelectorFile
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import (
    MacroFuzzTemplate,
    NativeSandboxTemplate,
    get_environment,
    template_cache,
)
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
PARSED = ("partial_parse.msgpack", "manifest.json", "semantic_manifest.json")
ANSWERS = "metric_sql"
UNSAID = (EventLevel.DEBUG, EventLevel.TEST)
SETTINGS = (
    Configuration,
    DuckDBCredentials,
    PackageConfig,
    ProfileConfig,
    Project,
    ProjectFlags,
    SelectorFile,
)
manifests: dict[str, Manifest] = {}
# By the folder of what was parsed and whether tests are among what may run: dbt links the graph for each command anew.
graphs: dict[tuple[str, bool], Linker] = {}
# The code of templates by environment and source; what macros see of a node, by the identity of one that stays.
compiled: dict[tuple, object] = {}
descriptions: dict[int, dict] = {}


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
        link_as_before(request["parsed"], waits_for_tests(request["arguments"]))
    result = dbtRunner(manifests.get(request["parsed"])).invoke(request["arguments"])
    # A process that ends closes the database, which writes it to its file; a fork that is left does not.
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    if result.exception and not result.result:
        print(result.exception)
    sys.stdout.flush()
    sys.stderr.flush()
    return 0 if result.success else 2 if result.exception else 1


def waits_for_tests(words: list[str]) -> bool:
    """Whether models wait for the tests of those above them: in a build that runs tests."""
    return "build" in words and ("--exclude-resource-type", "test") not in pairwise(words)


def link_as_before(parsed: str, has_tests: bool) -> None:
    """Has dbt take the graph of this manifest as it was linked first, with or without the wait for tests."""
    link_anew = Linker.link_graph

    def link_graph(self, manifest):
        self.graph = graphs[parsed, has_tests].graph
        # SQL that is given on the command line is a node of this run.
        if not manifest.nodes.keys() <= self.graph.nodes.keys():
            self.graph = type(self.graph)()
            link_anew(self, manifest)

    Linker.link_graph = link_graph
    Linker.add_test_edges = lambda self, manifest: None
    Linker.get_graph_summary = lambda self, manifest: {}


def say_what_is_read() -> None:
    """Messages are put together when somebody reads them."""
    make, fire = BaseEvent.__init__, EventManager.fire_event

    def make_later(self, *arguments, **values):
        self.__dict__["given"] = (arguments, values)

    def read(self, name):
        if name == "pb_msg":
            arguments, values = self.__dict__["given"]
            make(self, *arguments, **values)
            return self.__dict__["pb_msg"]
        return getattr(self.pb_msg, name)

    def fire_what_is_read(self, e, level=None, *arguments, **options):
        if (level or e.level_tag()) not in UNSAID:
            fire(self, e, level, *arguments, **options)

    BaseEvent.__init__ = make_later
    BaseEvent.__getattr__ = read
    EventManager.fire_event = fire_what_is_read


class QuickChainMap(collections.ChainMap):
    """What Jinja looks each name of a macro up in; the standard one asks its maps by way of a generator."""

    def __contains__(self, key):
        return any([key in names for names in self.maps])


def make_once() -> None:
    """What dbt makes anew at each turn, of the same and to the same effect: code of templates, the dictionaries that
    macros see of the project's nodes, the list of types that a column of a query's answer may have, the schemas of its
    own settings, and by which module of its own a flag was declared, for which it looks through all modules. For each
    test it also wraps every macro there is, to render the one argument that names the tested model."""
    compile_anew = jinja2.Environment.compile
    describe = FlatGraphMapping.__getitem__

    def compile_once(self, source, *arguments, **options):
        key = (type(self), source, arguments, tuple(options.items()))
        if not isinstance(source, str):
            return compile_anew(self, source, *arguments, **options)
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *arguments, **options)
        return compiled[key]

    def described(self, key):
        return descriptions.get(id(self.inner_dict[key])) or describe(self, key)

    jinja2.Environment.compile = compile_once
    jinja2.environment.ChainMap = QuickChainMap
    FlatGraphMapping.__getitem__ = described
    NativeSandboxTemplate.new_context = MacroFuzzTemplate.new_context
    agate.TypeTester.__init__ = functools.partialmethod(
        agate.TypeTester.__init__, types=agate.TypeTester()._possible_types
    )
    build_type_tester = functools.cache(agate_helper.build_type_tester)
    agate_helper.build_type_tester = lambda names, string_null_values=("null", ""): (
        build_type_tester(tuple(sorted(names)), tuple(string_null_values))
    )
    for settings in SETTINGS:
        settings.json_schema()
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")


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
        for node in manifest.nodes.values():
            descriptions[id(node)] = node.to_dict(omit_none=False)
            if getattr(node, "language", "") == "sql":
                get_environment().compile(node.raw_code)
        manifests[str(kept)] = manifest
        for has_tests in (False, True):
            linker = Linker()
            linker.link_graph(manifest)
            if has_tests:
                manifest.build_parent_and_child_maps()
                linker.add_test_edges_1(manifest)
            graphs[str(kept), has_tests] = linker
        gc.freeze()


def load_plugins() -> None:
    """All but the semantic layer: MetricFlow's answers are kept, and it takes seconds to load. With what they load only
    when a function is called, so that no fork has to."""
    sys.path.append(str(PLUGINS))
    for plugin in PLUGINS.glob("*.py"):
        if plugin.stem != "semantic_layer":
            importlib.import_module(plugin.stem)
    for part in ("optimize", "special", "stats"):
        importlib.import_module(f"scipy.{part}")


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
    say_what_is_read()
    make_once()
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
        keep_parsed(request)
        print(code, flush=True)


if __name__ == "__main__":
    serve()
