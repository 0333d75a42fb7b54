"""How long a table of 100,000 rows takes to import, and how much memory, against checking it row by row.

    python benchmarks/import_rows.py [ROWS]

An invented table is imported into a copy of the data package: read, mapped, placed, checked and written, then imported
again, when nothing may change. For comparison, a sample of its rows is placed and checked one at a time, as an
importer that loops over rows would; the ratio of the times for each row is what to compare between machines. On the
machine that this was decided on, 100,000 rows took about 4 seconds of processor time (again: 5) and 0.7 GB, and the ratio was about 800.
"""

from __future__ import annotations

import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from analysis.intake import import_table, prepare
from analysis.intake.store import faults_of
from analysis.paths import data_folder

WORDS = {
    "Rank": ["PC", "DC", "T/Sgt", "A/Insp", "SC", "Spl Sgt", "PCSO"],
    "Standards breached": [
        "Hon & Int",
        "Honesty and Integrity. Discreditable Conduct",
        "Orders & Instructions",
    ],
    "Finding": ["Gross misconduct", "Misconduct", "Not known"],
    "Outcome": [
        "Dismissed without notice",
        "FWW 2 yrs",
        "Written Warning",
        "Would Have Been Dismissed",
        "NFA",
        "Pending",
    ],
}
SAMPLE = 200


def invented(rows: int) -> pd.DataFrame:
    """A table of so many rows, the same each time."""
    chance = random.Random(1)
    days = pd.to_datetime("2016-01-01") + pd.to_timedelta(
        [chance.randrange(3600) for _ in range(rows)], unit="D"
    )
    table = {"Hearing date": days.strftime("%d/%m/%Y")}
    table |= {name: [chance.choice(words) for _ in range(rows)] for name, words in WORDS.items()}
    return pd.DataFrame(table | {"Comments": [f"remark {n}" for n in range(rows)]})


def main(rows: int) -> None:
    """Measure, and print what was measured."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, path = Path(scratch) / "data", Path(scratch) / "kent.csv"
        shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("incoming", ".change.*"))
        table = invented(rows)
        table.to_csv(path, index=False)

        start = time.process_time()
        receipt, _ = import_table(path, data=folder)
        whole = time.process_time() - start
        start = time.process_time()
        again, _ = import_table(path, data=folder)
        second = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

        start = time.process_time()
        for n in range(min(SAMPLE, rows)):
            table.iloc[[n]].to_csv(path, index=False)
            faults_of(prepare(path).facts)
        one_by_one = (time.process_time() - start) / min(SAMPLE, rows)

    print(f"{receipt}\nagain: {again}")
    print(f"{whole:.1f} s of processor time, again {second:.1f} s, {memory:.2f} GB at most")
    print(f"row by row: {one_by_one * 1000:.1f} ms a row, {one_by_one * rows / whole:.0f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
