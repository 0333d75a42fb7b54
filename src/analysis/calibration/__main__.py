"""``python -m analysis.calibration``: runs the calibration and writes the results that the methods report shows."""

from __future__ import annotations

import argparse
from pathlib import Path

from .results import FILE, SELDOM, with_verdicts
from .running import FAMILIES, REPLICATES, run


def main() -> None:
    """Run what is not done yet; write the results where the number of replicates is the committed one."""
    parser = argparse.ArgumentParser(prog="python -m analysis.calibration", description=__doc__)
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="samples of each scenario")
    parser.add_argument("--workers", type=int, default=None, help="processes (one a core)")
    parser.add_argument("--families", nargs="*", choices=[f.name for f in FAMILIES], help="only these")
    parser.add_argument(
        "--folder", type=Path, default=Path(".calibration"), help="where finished blocks are kept"
    )
    asked = parser.parse_args()
    if asked.replicates < 1 or (asked.workers is not None and asked.workers < 1):
        parser.error("--replicates and --workers are whole numbers from 1")
    results = run(asked.folder, asked.replicates, asked.workers, asked.families)
    whole = asked.replicates == REPLICATES and not asked.families
    path = Path(__file__).with_name(FILE) if whole else asked.folder / FILE
    results.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
    judged = with_verdicts(results)
    missed = judged[judged["verdict"].eq(SELDOM)]
    print(f"{len(judged)} rows written to {path}; {len(missed)} intervals hold the truth too seldom.")
    for row in missed.itertuples():
        print(f"  {row.scenario}: {row.measure}, {row.method}: {100 * row.coverage:.1f} %")


if __name__ == "__main__":
    main()
