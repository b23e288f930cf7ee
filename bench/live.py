"""How long a file of events takes to the page of make live, and what that costs in memory and processor time.

    python bench/live.py [--seconds 600] [--rate 1000] [--devices 8000] [--before 0] [--kind jsonl]

A process of its own writes a file of `rate` events each second; `--before` events of today are there when it begins.
The warehouse is GROUNDWORK_DB (groundwork.duckdb), as it was built last.
"""

import argparse
import datetime as dt
import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parents[1]
NAMES = ["page_viewed"] * 8 + ["search_performed", "signed_up", "order_placed", "unknown_event"]
SOURCES = ({}, {}, {}, {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "spring"})
# A file is seen within this much; the figures are no finer.
LOOK_SECONDS = 0.05


def events(chance: random.Random, first: int, count: int, devices: int, at: dt.datetime) -> str:
    """Lines of a collector, of visitors who come again and again."""
    moment = f"{at:%Y-%m-%d %H:%M:%S.%f}"
    lines = []
    for number in range(first, first + count):
        device = chance.randrange(devices)
        row = {
            "event_id": f"bench_{number}",
            "brand": "scoot" if device % 3 else "learn",
            "event_name": chance.choice(NAMES),
            "occurred_at": moment,
            "received_at": moment,
            "anonymous_id": f"bench_device_{device}",
            "page_path": f"/page/{number % 40}",
            "device_type": "mobile",
            "properties": {"query": "x", "order_id": str(number)},
            **chance.choice(SOURCES),
        }
        if device % 5 == 0:
            row["customer_id"] = f"bench_customer_{device}"
        lines.append(json.dumps(row))
    return "\n".join(lines) + "\n"


def feed(folder: pathlib.Path, seconds: int, rate: int, devices: int, first: int) -> None:
    """One file a second, finished before it has its name."""
    chance, began = random.Random(1), time.time()
    for second in range(seconds):
        making = folder / f".{second}.tmp"
        now = dt.datetime.now(dt.UTC)
        making.write_text(events(chance, first + second * rate, rate, devices, now))
        os.utime(making)
        making.rename(folder / f"{second:06}.jsonl")
        time.sleep(max(began + second + 1 - time.time(), 0))


def said(port: int) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/live.json", timeout=10) as answer:
        return json.load(answer)


def processor_seconds(process: int) -> float:
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(process: int) -> int:
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def wait_until_it_counts(port: int, live: subprocess.Popen, events_before: int) -> None:
    while True:
        if live.poll() is not None:
            raise SystemExit("make live has ended.")
        try:
            found = said(port)
            if "rows" in found and found["rows"]["events__events"]["read"] >= events_before:
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--devices", type=int, default=8000)
    parser.add_argument("--before", type=int, default=0)
    parser.add_argument("--port", type=int, default=8699)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        incoming = folder / "incoming"
        incoming.mkdir()
        chance = random.Random(2)
        start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        for number in range(0, asked.before, 20_000):
            at = start + dt.timedelta(seconds=number % 3000)
            text = events(chance, 10**9 + number, 20_000, asked.devices, at)
            (incoming / f"before-{number}.jsonl").write_text(text)
        live = subprocess.Popen(
            [sys.executable, "-m", "live", "--from", incoming, "--port", str(asked.port)],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdout=subprocess.DEVNULL,
        )
        try:
            began = time.time()
            wait_until_it_counts(asked.port, live, asked.before)
            print(f"begun in {time.time() - began:.1f} s with {asked.before} events of today")
            spent = processor_seconds(live.pid)
            feeder = multiprocessing.Process(
                target=feed, args=(incoming, asked.seconds, asked.rate, asked.devices, 0)
            )
            feeder.start()
            measure(asked, incoming, live.pid, spent)
            feeder.join()
        finally:
            live.terminate()
            live.wait()


def measure(asked: argparse.Namespace, incoming: pathlib.Path, process: int, spent: float) -> None:
    """Each file's way from its arrival to the first page that has it."""
    waiting: dict[str, float] = {}
    known: set[str] = set()
    took: list[float] = []
    ends = time.time() + asked.seconds + 60
    last_shown = ""
    while len(took) < asked.seconds and time.time() < ends:
        for entry in os.scandir(incoming):
            if entry.name[0] not in ".b" and entry.name not in known:
                known.add(entry.name)
                waiting[entry.name] = entry.stat().st_mtime
        found = said(asked.port)
        now = time.time()
        if found["now"] != last_shown and found.get("newest_file_at"):
            last_shown = found["now"]
            shown = dt.datetime.fromisoformat(found["newest_file_at"]).timestamp()
            for name, arrived in list(waiting.items()):
                if arrived <= shown + 1e-6:
                    took.append(now - waiting.pop(name))
        time.sleep(LOOK_SECONDS)
    if not took:
        raise SystemExit("No file came to the page.")
    events_read = said(asked.port)["rows"]["events__events"]["read"]
    used = processor_seconds(process) - spent
    print(
        f"{len(took)} files of {asked.rate} events, {len(waiting)} not shown; seconds from arrival to page: "
        f"p50 {share(took, 0.5):.2f}, p95 {share(took, 0.95):.2f}, max {max(took):.2f}"
    )
    print(
        f"processor seconds per 1,000 events {used / (len(took) * asked.rate / 1000):.2f}; "
        f"peak memory {peak_megabytes(process)} MB; rows read {events_read}; "
        f"load {os.getloadavg()[1]:.1f}; cores {os.cpu_count()}"
    )


if __name__ == "__main__":
    main()
