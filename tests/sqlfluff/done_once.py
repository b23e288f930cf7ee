"""What the linter does again for each file or each rule, and takes more than a third of its time: here once.

It compiles all of the project's macros anew for each file, and for each rule of layout it measures anew how deep every
word of the file lies.
"""

import jinja2
from sqlfluff.utils.reflow.sequence import ReflowSequence

COMPILED: dict[tuple, object] = {}
compile_anew = jinja2.Environment.compile
# The last file, and what was measured of it: rules do not change a file that is only linted.
MEASURED: list = []
measure_anew = ReflowSequence.from_root


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
    return MEASURED[2]


if jinja2.Environment.compile.__name__ != compile_once.__name__:
    jinja2.Environment.compile = compile_once
    ReflowSequence.from_root = staticmethod(measure_once)
