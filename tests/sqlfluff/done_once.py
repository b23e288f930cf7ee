"""What the linter does again for each file, each rule or each word, and takes half of its time: here once.

It compiles all of the project's macros anew for each file. For each rule it measures anew how deep every word of the
file lies, takes each select apart anew, and walks through every word of the file, also through those that the rule does
not look for. Half of what is left is Python's search for cycles among the words of the file at hand: it is made once in
twenty files. What is found is the same: `tests/python/test_house.py` compares the two.
"""

import gc
import sys

import jinja2
from sqlfluff.core.linter.linter import Linter
from sqlfluff.core.parser.segments.raw import RawSegment
from sqlfluff.core.rules.crawlers import SegmentSeekerCrawler
from sqlfluff.utils.analysis import select
from sqlfluff.utils.reflow import depthmap
from sqlfluff.utils.reflow.sequence import ReflowSequence

COMPILED: dict[tuple, object] = {}
compile_anew = jinja2.Environment.compile
# The last file, and what was measured of it: rules do not change a file that is only linted.
MEASURED: list = []
measure_anew = ReflowSequence.from_root
LINTED = [0]
# Selects of the last files, and steps of the last paths, by their identity; they are kept, so that it stays theirs.
TAKEN_APART: dict[tuple, tuple] = {}
take_apart_anew = select.get_select_statement_info
STEPS: dict[int, tuple] = {}
place_anew = depthmap.StackPosition.from_path_step
# By a word's class and the types that were given to it.
TYPES: dict[tuple, frozenset] = {}
types_anew = RawSegment.class_types.fget
seek_anew = SegmentSeekerCrawler.crawl
lint_whole = Linter.lint_rendered


def compile_once(self, source, *options):
    """The code of a template; every file's environment is alike."""
    key = (type(self), source, options)
    if key not in COMPILED:
        COMPILED[key] = compile_anew(self, source, *options)
    return COMPILED[key]


def measure_once(root_segment, config):
    """The words of a file and how deep they lie."""
    if not MEASURED or MEASURED[0] is not root_segment or MEASURED[1] is not config:
        MEASURED[:] = [root_segment, config, measure_anew(root_segment, config)]
        STEPS.clear()
        collect_seldom()
    return MEASURED[2]


def collect_seldom():
    """Frees the memory of the files before."""
    LINTED[0] += 1
    if LINTED[0] % 20 == 0:
        TAKEN_APART.clear()
        gc.collect()


def place_once(step):
    """Where a step of a path lies among its neighbours: words share all but the last steps of their paths."""
    if id(step) not in STEPS:
        STEPS[id(step)] = (step, place_anew(step))
    return STEPS[id(step)][1]


def take_apart_once(segment, dialect, early_exit=True):
    """The tables, columns and references of a select, in lists that are the caller's own."""
    key = (id(segment), early_exit)
    if key not in TAKEN_APART:
        TAKEN_APART[key] = (segment, take_apart_anew(segment, dialect, early_exit))
    info = TAKEN_APART[key][1]
    return info and type(info)(*(list(part) if isinstance(part, list) else part for part in info))


def types_once(self):
    """All types of a word, those of its class included."""
    key = (type(self), self.instance_types)
    if key not in TYPES:
        TYPES[key] = types_anew(self)
    return TYPES[key]


def is_type(self, *names):
    return not types_once(self).isdisjoint(names)


def seek_where_it_is(self, context):
    """The segments that a rule looks for; what neither is one nor holds one is left out."""
    if self.provide_raw_stack:
        yield from seek_anew(self, context)
        return
    segment = context.segment
    if not self.passes_filter(segment):
        return
    is_match = self.is_self_match(segment)
    if is_match:
        yield context
    if is_match and not self.allow_recurse:
        return
    if not segment.segments or self.types.isdisjoint(segment.descendant_type_set):
        return
    parents = (*context.parent_stack, segment)
    for index, child in enumerate(segment.segments):
        if (
            child.segments and not self.types.isdisjoint(child.descendant_type_set)
        ) or self.is_self_match(child):
            context.segment = child
            context.parent_stack = parents
            context.segment_idx = index
            yield from seek_where_it_is(self, context)


def lint_for_the_verdict(rendered, rule_pack, fix=False, formatter=None):
    """The words of a file in which nothing was found go back to the first process for nothing."""
    found = lint_whole(rendered, rule_pack, fix, formatter)
    return found if fix or found.violations else found._replace(tree=None, templated_file=None)


if jinja2.Environment.compile.__name__ != compile_once.__name__:
    gc.freeze()
    gc.disable()
    jinja2.Environment.compile = compile_once
    ReflowSequence.from_root = staticmethod(measure_once)
    depthmap.StackPosition.from_path_step = staticmethod(place_once)
    RawSegment.class_types = property(types_once)
    RawSegment.is_type = is_type
    SegmentSeekerCrawler.crawl = seek_where_it_is
    Linter.lint_rendered = staticmethod(lint_for_the_verdict)
    for module in list(sys.modules.values()):
        if getattr(module, "get_select_statement_info", None) is take_apart_anew:
            module.get_select_statement_info = take_apart_once
