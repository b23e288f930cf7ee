"""Templates of pages, mails and drawings: what is not known is an error, and no blank lines come from the tags."""

import pathlib

import jinja2


def environment(folder: pathlib.Path, *, is_html: bool) -> jinja2.Environment:
    """The templates of a folder; in HTML values are escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=is_html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
