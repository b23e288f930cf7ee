"""A Spark session that means what DuckDB means: its settings, and the functions that the project's SQL calls."""

import copyreg
import functools
import inspect
import os
import re
import shutil
import subprocess
import sys

# Without these, queries that run without a word give other numbers.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # dbt-spark turns it off, whatever a profile says: bad casts and overflows become NULL, size(NULL) is -1.
    "spark.sql.ansi.enabled": "true",
    # Else decimals of more than 38 digits lose scale: 2,676 of 20,406 rows of variances were wrong.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.legacy.parseNullPartitionSpecAsStringLiteral": "false",
    "spark.sql.legacy.allowNegativeScaleOfDecimal": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    # Else instants are written as INT96.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
# Spark listens where it is told to; it would choose the machine's outer address.
LOOPBACK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def settings(given: dict[str, str]) -> dict[str, str]:
    """What a session is opened with: what was asked for, and over it what the SQL relies on."""
    return {**LOOPBACK, **given, **SETTINGS}


# Spark 4.1 runs on these.
JAVAS = (17, 21)
# What the functions need where they run.
OF_WORKERS = ("duckdb", "numpy", "pandas", "pyarrow", "scipy")


def missing() -> str | None:
    """What has to be installed before a session can open, as one sentence; None if nothing."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        where = f"in JAVA_HOME, which is {home}" if home else "in the PATH"
        return f"Spark needs Java, and there is none {where}: install Debian's openjdk-17-jre-headless."
    printed = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', printed)
    if found is None or int(found[1]) not in JAVAS:
        version = found[1] if found else "unknown"
        wanted = " or ".join(map(str, JAVAS))
        return f"Spark needs Java {wanted}, and {java} is version {version}: set JAVA_HOME to one of these."
    python = os.environ.get("PYSPARK_PYTHON", sys.executable)
    if shutil.which(python) is None:
        return f"PYSPARK_PYTHON names {python}, which is no program."
    asked = f"import importlib.util as i; print(*(n for n in {OF_WORKERS} if not i.find_spec(n)))"
    lacking = subprocess.run([python, "-c", asked], capture_output=True, text=True).stdout.split()
    if lacking:
        return f"Spark's workers run {python}, which lacks {', '.join(lacking)}: install them, or set PYSPARK_PYTHON."
    return None


def open_session(given: dict[str, str]):
    """The one session of this process, with the functions in it."""
    problem = missing()
    if problem:
        raise SystemExit(problem)
    from pyspark.sql import SparkSession

    # Else the workers take the first python3 of the path, which has no pyarrow.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Else Spark asks the name server for the machine's name, for minutes where there is none.
    os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
    is_new = SparkSession.getActiveSession() is None
    builder = SparkSession.builder
    for name, value in settings(given).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if is_new:
        session.sparkContext.setLogLevel("ERROR")
        register(session)
    return session


def register(session) -> None:
    """The project's functions, from the definitions that DuckDB has, by their names."""
    import scipy_functions
    from pyspark import cloudpickle
    from pyspark.sql.functions import arrow_udf
    from pyspark.sql.types import DateType, DoubleType, StringType, TimestampNTZType, TimestampType

    from . import functions

    # They travel to the workers whole: these need duckdb, numpy, scipy and pyarrow, not this project or dbt.
    for module in (scipy_functions, functions, sys.modules[__name__]):
        cloudpickle.register_pickle_by_value(module)
    copyreg.pickle(functools._lru_cache_wrapper, _without_its_module)
    typed = [(function, DoubleType()) for function in scipy_functions.FUNCTIONS]
    typed += [(function, StringType()) for function in functions.TEXT_FUNCTIONS]
    typed += [
        (functions.text_as_day, DateType()),
        (functions.text_as_timestamp, TimestampNTZType()),
        (functions.text_as_instant, TimestampType()),
    ]
    for function, gives in typed:
        session.udf.register(function.__name__, arrow_udf(_with_arrow_hints(function), gives))


def _without_its_module(cached):
    """A function with a cache would be looked up in its module, which workers lack."""
    return _cached, (cached.__wrapped__, cached.cache_parameters()["maxsize"])


def _cached(function, size):
    return functools.lru_cache(maxsize=size)(function)


def _with_arrow_hints(function):
    """Spark reads from the hints how many columns there are and that they are Arrow's."""
    import pyarrow as pa

    names = list(inspect.signature(function).parameters)

    def answer(*columns):
        found = function(*(pa.chunked_array([column]) for column in columns))
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found

    parameters = ", ".join(f"{name}: pa.Array" for name in names)
    space = {"answer": answer, "pa": pa}
    exec(
        f"def {function.__name__}({parameters}) -> pa.Array:\n    return answer({', '.join(names)})",
        space,
    )
    return space[function.__name__]
