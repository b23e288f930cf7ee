"""An S3-compatible bucket: s3://bucket/prefix.

    builds/<build>/    a build; its manifest is written last
    current.json       {"build": …, "as_of": …}, one object: what readers read

The keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or what else AWS's own programs find), the server
AWS_ENDPOINT_URL, the region AWS_REGION.
"""

import contextlib
import json
import os
import pathlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from built import CannotPublish
from pyarrow import fs

from destinations import KEPT, MANIFEST, say

CURRENT = "current.json"
KEY = "AWS_ACCESS_KEY_ID"
AT_ONCE = 8
PART = 8 * 2**20
# What the server or the way to it says, and what to do.
ADVICE = (
    (
        r"NO_SUCH_BUCKET|\bNOT_FOUND|NoSuchBucket",
        "There is no such bucket. Make it, or mend its name.",
    ),
    (
        r"INVALID_ACCESS_KEY_ID|SIGNATURE|INVALID_CLIENT_TOKEN|UNRECOGNIZED_CLIENT|NotAuthorized|EXPIRED|ExpiredToken",
        "The keys are wrong or have ended. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN).",
    ),
    (
        r"ACCESS_DENIED|AccessDenied|Forbidden",
        "The keys (AWS_ACCESS_KEY_ID) may not do that: list, read, write and delete under the prefix.",
    ),
    (
        r"PermanentRedirect|\b301\b|AuthorizationHeaderMalformed",
        "The bucket is in another region. Set AWS_REGION.",
    ),
    (
        r"NETWORK_CONNECTION|REQUEST_TIMEOUT|curlCode|resolve|Timeout",
        "The server is not reached. Look at AWS_ENDPOINT_URL and at the network.",
    ),
    (
        r"QuotaExceeded|StorageFull|XMinioStorageFull|\b507\b",
        "The bucket is full. Make room there.",
    ),
)


def place_of(to: str) -> tuple[str, str]:
    """The bucket, and the path below it with a slash at its end where there is one."""
    bucket, _, prefix = to.split("://", 1)[1].partition("/")
    if "@" in to or not re.fullmatch(r"[A-Za-z0-9][\w.-]+", bucket) or "?" in prefix:
        raise CannotPublish(
            "The address of a bucket reads s3://bucket/prefix. Keys, server and region are in the environment: "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION."
        )
    prefix = "/".join(part for part in prefix.split("/") if part)
    return bucket, f"{bucket}/{prefix}/" if prefix else f"{bucket}/"


def shown(to: str) -> str:
    """The address; it has no password."""
    return f"s3://{place_of(to)[1].rstrip('/')}"


def storage() -> fs.S3FileSystem:
    """As the environment says."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return fs.S3FileSystem(
        endpoint_override=endpoint,
        region=region,
        connect_timeout=10,
        request_timeout=60,
        # A small file is one put.
        allow_delayed_open=True,
    )


@contextlib.contextmanager
def in_words(to: str) -> Iterator[None]:
    """Has the errors of the storage say what to do."""
    try:
        yield
    except OSError as error:
        for pattern, advice in ADVICE:
            if re.search(pattern, str(error)):
                lacks_key = KEY in advice and not os.environ.get(KEY)
                unset = f" {KEY} is not set." if lacks_key else ""
                raise CannotPublish(f"{shown(to)}: {advice}{unset}") from error
        raise CannotPublish(f"{shown(to)}: {str(error).split(' (Request ID')[0]}") from error


def check(to: str) -> None:
    """Stops where there is no such bucket, or the keys do not open it."""
    bucket, root = place_of(to)
    with in_words(to):
        found = storage().get_file_info(fs.FileSelector(root.rstrip("/"), allow_not_found=True))
        # A bucket that is not there lists nothing.
        if not found and storage().get_file_info(bucket).type == fs.FileType.NotFound:
            raise CannotPublish(f"{shown(to)}: {ADVICE[0][1]}")


def sizes_under(bucket: fs.S3FileSystem, root: str) -> dict[str, int]:
    """Of every file below the prefix, by its path there."""
    found = bucket.get_file_info(
        fs.FileSelector(root.rstrip("/"), recursive=True, allow_not_found=True)
    )
    return {info.path.removeprefix(root): info.size for info in found if info.is_file}


def builds_of(sizes: dict[str, int]) -> tuple[list[str], list[str]]:
    """The whole builds, oldest first, and those that have no manifest."""
    names = {path.split("/")[1] for path in sizes if path.startswith("builds/")}
    whole = {name for name in names if f"builds/{name}/{MANIFEST}" in sizes}
    return sorted(whole), sorted(names - whole)


def current_of(bucket: fs.S3FileSystem, root: str) -> str | None:
    """The build that readers read, or none yet."""
    if bucket.get_file_info(f"{root}{CURRENT}").type == fs.FileType.NotFound:
        return None
    with bucket.open_input_stream(f"{root}{CURRENT}") as opened:
        return json.loads(opened.read())["build"]


def write(bucket: fs.S3FileSystem, file: pathlib.Path, path: str) -> None:
    """One file; it is seen when all of it is there."""
    with file.open("rb") as opened, bucket.open_output_stream(path) as written:
        while part := opened.read(PART):
            written.write(part)


def point_to(bucket: fs.S3FileSystem, root: str, name: str) -> None:
    """Has readers read this build, by one put."""
    with bucket.open_input_stream(f"{root}builds/{name}/{MANIFEST}") as opened:
        about = json.loads(opened.read())
    current = {"build": name, **{key: about[key] for key in ("as_of", "published_at")}}
    with bucket.open_output_stream(f"{root}{CURRENT}") as written:
        written.write((json.dumps(current) + "\n").encode())


def sweep(bucket: fs.S3FileSystem, root: str) -> None:
    """Takes away what a killed run left, and all but the last builds; never the one that is read."""
    whole, remains = builds_of(sizes_under(bucket, root))
    current = current_of(bucket, root)
    old = [name for name in whole[:-KEPT] if name != current]
    for name in old:
        # Without its manifest it is no build, should this be killed.
        bucket.delete_file(f"{root}builds/{name}/{MANIFEST}")
    for name in [*remains, *old]:
        bucket.delete_dir(f"{root}builds/{name}")


def send(build: pathlib.Path, to: str) -> None:
    """Writes the files, looks whether all are there, then turns current.json."""
    _, root = place_of(to)
    with in_words(to):
        bucket = storage()
        sweep(bucket, root)
        there = f"{root}builds/{build.name}/"
        files = {str(path.relative_to(build)): path for path in build.rglob("*") if path.is_file()}
        if build.name not in builds_of(sizes_under(bucket, root))[0]:
            say(f"  {len(files)} files to {shown(to)}")
            with ThreadPoolExecutor(AT_ONCE) as workers:
                names = [name for name in files if name != MANIFEST]
                list(workers.map(lambda name: write(bucket, files[name], there + name), names))
            write(bucket, files[MANIFEST], there + MANIFEST)
        wanted = {name: path.stat().st_size for name, path in files.items()}
        if sizes_under(bucket, there) != wanted:
            raise CannotPublish(
                f"{shown(to)}: files of builds/{build.name} are missing. Is another process publishing there? "
                "Publish again when it has ended."
            )
        point_to(bucket, root, build.name)
        sweep(bucket, root)


def roll_back(to: str, published: pathlib.Path | None = None) -> str:
    """Turns current.json to the build before; its name."""
    _, root = place_of(to)
    check(to)
    with in_words(to):
        bucket = storage()
        current = current_of(bucket, root)
        if current is None:
            raise CannotPublish(f"Nothing was published to {shown(to)} yet. Run make publish.")
        whole, _ = builds_of(sizes_under(bucket, root))
        earlier = [name for name in whole if name < current]
        if not earlier:
            raise CannotPublish(
                f"{current} is the oldest build that is kept: there is none before it."
            )
        point_to(bucket, root, earlier[-1])
    return earlier[-1]
