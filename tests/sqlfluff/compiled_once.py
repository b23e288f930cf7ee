"""The linter compiles all of the project's macros again for each file, which takes a third of its time: here once."""

import jinja2

COMPILED: dict[tuple, object] = {}
compile_anew = jinja2.Environment.compile


def compile_once(self, source, *options):
    """The code of a template; every file's environment is alike."""
    key = (type(self), source, options)
    if key not in COMPILED:
        COMPILED[key] = compile_anew(self, source, *options)
    return COMPILED[key]


if jinja2.Environment.compile.__name__ != compile_once.__name__:
    jinja2.Environment.compile = compile_once
