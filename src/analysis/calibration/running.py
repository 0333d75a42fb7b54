"""Runs the scenarios in blocks, each with its own seed, keeps what is done, and adds the blocks up."""

from __future__ import annotations

import hashlib
import math
import os
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from . import procedures
from .procedures import Finding
from .scenarios import SCENARIOS, Scenario

REPLICATES = 1000
SEED = 20_260_101
_BLOCK = 50
_KEY = ["scenario", "method", "measure"]
_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@dataclass(frozen=True)
class Family:
    """Procedures that look at the same samples.

    Attributes
    ----------
    name : of the family.
    scenarios : names of the scenarios; empty where the procedures draw their own samples.
    share : of the replicates asked for, how many this family has.
    """

    name: str
    scenarios: tuple[str, ...]
    share: float = 1.0


FAMILIES = (
    Family("contrasts", tuple(_BY_NAME)),
    Family("forces", ("no difference", "clustered")),
    Family("curve", ("no difference", "clustered", "confounded", "real difference"), share=0.3),
    Family("other", ("",)),
)


def _contrasts(scenario: Scenario, rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    sample = scenario.draw(rng)
    for procedure in (procedures.crude, procedures.stratified, procedures.adjusted, procedures.severity):
        for finding in procedure(sample):
            yield scenario.name, finding


def _forces(scenario: Scenario, rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    sample = scenario.draw(rng)
    for procedure in (procedures.forces, procedures.changes):
        for finding in procedure(sample):
            yield scenario.name, finding


def _curve(scenario: Scenario, rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    for finding in procedures.curve(scenario.draw(rng)):
        yield scenario.name, finding


def _other(_: None, rng: np.random.Generator) -> Iterator[tuple[str, Finding]]:
    yield from procedures.coding(rng)
    yield from procedures.barring(rng)


_PROCEDURES: dict[str, Callable] = {
    "contrasts": _contrasts,
    "forces": _forces,
    "curve": _curve,
    "other": _other,
}


def definitions_hash(replicates: int = REPLICATES) -> str:
    """Twelve digits that change with the scenarios, with what is run on them and how often."""
    worlds = [{k: v for k, v in asdict(s).items() if k != "words"} for s in SCENARIOS]
    parts = [worlds, FAMILIES, replicates, SEED, procedures.SHUFFLES]
    parts += [procedures.FEW_CHOICES, procedures.PAGES, procedures.HEADCOUNTS]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Block:
    """Replicates of one family in one scenario, run together."""

    family: str
    scenario: str
    number: int
    replicates: int

    @property
    def name(self) -> str:
        scenario = self.scenario.replace(" ", "_") or "own"
        return f"{self.family}-{scenario}-{self.number:03d}"


def blocks(replicates: int, families: Iterable[str] | None = None) -> list[Block]:
    """All blocks of a run, in the order in which they are started."""
    wanted = set(families or _PROCEDURES)
    found = []
    for family in FAMILIES:
        if family.name not in wanted:
            continue
        number = max(1, round(replicates * family.share))
        for scenario in family.scenarios:
            for start in range(0, number, _BLOCK):
                found.append(Block(family.name, scenario, start // _BLOCK, min(_BLOCK, number - start)))
    return found


def run_block(block: Block) -> pd.DataFrame:
    """The sums of one block: one row for each scenario, method and measure."""
    rng = np.random.default_rng([SEED, zlib.crc32(block.name.encode())])
    sums: dict[tuple, defaultdict] = {}
    for _ in range(block.replicates):
        found: dict[tuple, list[Finding]] = defaultdict(list)
        for scenario, finding in _PROCEDURES[block.family](_BY_NAME.get(block.scenario), rng):
            found[scenario, finding.method, finding.measure].append(finding)
        for key, findings in found.items():
            total = sums.setdefault(key, defaultdict(float))
            for name, value in _of_replicate(findings).items():
                total[name] += value
    rows = [dict(zip(_KEY, key, strict=True)) | dict(total) for key, total in sums.items()]
    return pd.DataFrame(rows).fillna(0.0)


def _of_replicate(findings: list[Finding]) -> dict[str, float]:
    """What one replicate adds to the sums; several findings of one kind (forces) count as their mean."""
    log = "ratio" in findings[0].measure
    truth, estimate, low, high = (
        _scaled([getattr(f, name) for f in findings], log) for name in ("truth", "estimate", "low", "high")
    )
    p_value = np.array([f.p_value for f in findings], dtype=float)
    asked = np.isfinite(truth)
    defined = asked & ~np.isnan(low) & ~np.isnan(high)
    row = {"replicates": 1.0, "asked": float(asked.any()), "null": float(findings[0].null)}
    if defined.any():
        slack = 1e-12
        below = np.mean(truth[defined] < low[defined] - slack)
        above = np.mean(truth[defined] > high[defined] + slack)
        covered = 1 - below - above
        row |= {
            "intervals": 1.0,
            "covered": covered,
            "covered_square": covered**2,
            "truth_below": below,
            "truth_above": above,
            "truth": np.mean(truth[defined]),
        }
        width = (high - low)[defined]
        if np.isfinite(width).any():
            row |= {"widths": 1.0, "width": np.mean(width[np.isfinite(width)])}
    error = (estimate - truth)[asked]
    if np.isfinite(error).any():
        value = np.mean(error[np.isfinite(error)])
        row |= {"errors": 1.0, "error": value, "error_square": value**2}
    if np.isfinite(p_value).any():
        row |= {"tests": 1.0, "rejected": float(np.mean(p_value[np.isfinite(p_value)] < 0.05))}
    return row


def _scaled(values: list[float], log: bool) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        array = np.array(values, dtype=float)
        return np.log(array) if log else array


def add_up(parts: list[pd.DataFrame], replicates: int) -> pd.DataFrame:
    """The results of all blocks.

    Returns
    -------
    DataFrame : see `calibration_results`, without its verdicts.
    """
    names = [
        "replicates",
        "asked",
        "null",
        "intervals",
        "covered",
        "covered_square",
        "truth_below",
        "truth_above",
        "truth",
        "widths",
        "width",
        "errors",
        "error",
        "error_square",
        "tests",
        "rejected",
    ]
    frame = pd.concat([p.reindex(columns=[*_KEY, *names], fill_value=0.0) for p in parts], ignore_index=True)
    total = frame.groupby(_KEY, sort=False)[names].sum().reset_index()

    def share(part: str, whole: str) -> pd.Series:
        return total[part] / total[whole].where(total[whole] > 0)

    coverage, bias = share("covered", "intervals"), share("error", "errors")
    spread = share("covered_square", "intervals") - coverage**2
    # where every replicate did the same the spread is 0, but not the uncertainty: as if one had not
    number = total["intervals"].where(total["intervals"] > 0)
    least = (1 - 1 / number) / number
    rejection = share("rejected", "tests")
    tests = total["tests"].where(total["tests"] > 0)
    words = {scenario.name: scenario.words for scenario in SCENARIOS}
    return pd.DataFrame(
        {
            "scenario": total["scenario"],
            "words": total["scenario"].map(words | procedures.WORDS).fillna(total["scenario"]),
            "measure": total["measure"],
            "method": total["method"],
            "scale": np.where(total["measure"].str.contains("ratio"), "log", "as it is"),
            "truth": share("truth", "intervals"),
            "null": total["null"] > total["replicates"] / 2,
            "replicates": total["replicates"].astype(int),
            "undefined": 1 - share("intervals", "asked"),
            "coverage": coverage,
            "coverage_error": np.sqrt(np.maximum(spread, least) / total["intervals"]),
            "truth_below": share("truth_below", "intervals"),
            "truth_above": share("truth_above", "intervals"),
            "bias": bias,
            "bias_error": np.sqrt(
                np.maximum(share("error_square", "errors") - bias**2, 0)
                / total["errors"].where(total["errors"] > 0)
            ),
            "mean_width": share("width", "widths"),
            "rejected": rejection,
            "rejected_error": np.sqrt(np.maximum(rejection * (1 - rejection), 1 / tests) / tests),
            "definitions": definitions_hash(replicates),
        }
    )


def run(
    folder: Path,
    replicates: int = REPLICATES,
    workers: int | None = None,
    families: Iterable[str] | None = None,
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),
) -> pd.DataFrame:
    """Run every block that is not in the folder yet, and add all up.

    Parameters
    ----------
    folder : where finished blocks are kept; a run that was stopped goes on from there.
    replicates : samples of each scenario (the joint test of the specification curve has three in ten of them).
    workers : processes; one a core where None. The results do not depend on it.
    families : only these of `FAMILIES`.
    say : told how far the run is.

    Returns
    -------
    DataFrame of `add_up`.
    """
    kept = folder / definitions_hash(replicates)
    kept.mkdir(parents=True, exist_ok=True)
    todo = blocks(replicates, families)
    missing = [block for block in todo if not (kept / f"{block.name}.csv").exists()]
    if len(missing) < len(todo):
        say(f"{len(todo) - len(missing)} of {len(todo)} blocks are done already")
    started = time.monotonic()
    with ProcessPoolExecutor(workers or os.cpu_count() or 1) as pool:
        running = {pool.submit(run_block, block): block for block in missing}
        for number, future in enumerate(as_completed(running), start=1):
            block = running[future]
            _write(kept / f"{block.name}.csv", future.result())
            spent = time.monotonic() - started
            left = spent / number * (len(missing) - number)
            say(
                f"[{number}/{len(missing)}] {block.name}: {spent:.0f} s, about {math.ceil(left / 60)} min left"
            )
    return add_up(
        [pd.read_csv(kept / f"{block.name}.csv", keep_default_na=False) for block in todo], replicates
    )


def _write(path: Path, frame: pd.DataFrame) -> None:
    """Whole or not at all: a run may be killed at any moment."""
    half = path.with_suffix(".part")
    frame.to_csv(half, index=False, lineterminator="\n")
    half.replace(path)
