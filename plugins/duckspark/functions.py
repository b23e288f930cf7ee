"""Functions that DuckDB has and Spark lacks. Arrow in, Arrow out, as those of scipy_functions."""

import functools
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import pyarrow as pa


def nfc_normalize(texts: pa.Array) -> pa.Array:
    return _each(lambda text: unicodedata.normalize("NFC", text), texts)


def strip_accents(texts: pa.Array) -> pa.Array:
    """A text without the marks on its letters."""

    def bare(text: str) -> str:
        letters = unicodedata.normalize("NFD", text)
        kept = "".join(letter for letter in letters if unicodedata.category(letter)[0] != "M")
        return unicodedata.normalize("NFC", kept)

    return _each(bare, texts)


def url_decode(texts: pa.Array) -> pa.Array:
    """A text with its %xx decoded; NULL where that is no UTF-8."""

    def decoded(text: str) -> str | None:
        try:
            return unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            return None

    return _each(decoded, texts)


def text_as_day(texts: pa.Array) -> pa.Array:
    return _read(texts, "date")


def text_as_timestamp(texts: pa.Array) -> pa.Array:
    return _read(texts, "timestamp")


def text_as_instant(texts: pa.Array) -> pa.Array:
    return _read(texts, "timestamp with time zone")


def _read(texts: pa.Array, type_: str) -> pa.Array:
    """What DuckDB reads in texts, by DuckDB; an infinite day is missing."""
    connection = _duckdb()
    connection.register("texts", pa.table({"place": range(len(texts)), "text": texts}))
    read = connection.execute(
        "select case when isfinite(value) then value end as value"
        f" from (select place, try_cast(text as {type_}) as value from texts) order by place"
    ).to_arrow_table()
    return read.column("value")


@functools.cache
def _duckdb():
    """One connection in each worker."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set timezone = 'UTC'")
    return connection


def _each(function: Callable, texts: pa.Array) -> pa.Array:
    """The function of each different text, once."""
    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    done = [None if text is None else function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(done, type=pa.string()).take(encoded.indices)


TEXT_FUNCTIONS = (nfc_normalize, strip_accents, url_decode)
