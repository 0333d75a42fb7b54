"""The commands that bring outcomes in: `misconduct import`, `mappings` and `duplicates`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tabulate import tabulate

from .paths import data_folder

if TYPE_CHECKING:
    from .intake import Prepared, Receipt

FAILED = 1
_SHOWN = 12

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="FOLDER", help="A data package to use instead of ours (a folder such as data/)."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import", epilog="Example: misconduct import kent-2024.xlsx --force Kent --dry-run")(
        import_file
    )
    app.command("mappings", epilog="Example: misconduct mappings leicestershire-page")(list_mappings)
    app.command("duplicates", epilog="Example: misconduct duplicates --decide")(list_duplicates)


def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, ODS, HTML, or text copied from a page.")
    ],
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The layout: a name of `misconduct mappings` or a TOML file.",
            show_default="by the headings",
        ),
    ] = None,
    force: Annotated[
        str | None, typer.Option(metavar="FORCE", help="The force, where no column says it.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="The role, where no column says it: police_officer, special_constable, pcso, police_staff.",
        ),
    ] = None,
    word: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORDS=CODE",
            help="What words of the table mean: 'Verbal guidance=management_advice'. Again for more.",
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="SHEET", help="The sheet of a workbook.", show_default="the one with the headings"
        ),
    ] = None,
    source_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the file was published. Kept as its hash alone where it seems to hold a name.",
        ),
    ] = None,
    withhold_url: Annotated[
        bool, typer.Option("--withhold-url", help="Keep the address as its hash alone.")
    ] = False,
    source_type: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="force_notice, foi_disclosure, watchdog, news_report or other."),
    ] = None,
    publisher: Annotated[str | None, typer.Option(metavar="TEXT", help="Who published it.")] = None,
    published: Annotated[
        str | None, typer.Option(metavar="DATE", help="When: YYYY, YYYY-MM or YYYY-MM-DD.")
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            metavar="SCOPE", help="What it lists: complete_list, outcome_list, round_up or single_hearing."
        ),
    ] = None,
    selected: Annotated[
        bool, typer.Option("--selected", help="It lists people because of their outcome.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="HANDLE", help="For the log: a role or handle, never a name.", show_default="maintainer"
        ),
    ] = None,
    save_as: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Name under which a guessed mapping is saved.", show_default="the file's"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen, and write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Import a published table of outcomes: its rows become cases, or are written to a file of rejects with the reason.

    The columns are understood by a mapping; without one, by their headings and what stands in them, which is shown and
    asked about. Importing a file again changes nothing.
    """
    from .cli import _short, _use_data
    from .intake import import_prepared, mappings, prepare
    from .intake.importing import all_rejects, rejects_file, source_of
    from .intake.mapping import is_own, save_mapping

    _use_data(data)
    prepared = prepare(
        file, mapping, force=force, role=role, sheet=sheet, words=_said(word), hints=source_url or ""
    )
    guessed = mapping is None and prepared.mapping.name not in mappings()
    if mapping is None and not guessed and prepared.mapping.title.startswith("Guessed"):
        guessed = prepared.mapping.columns != _known_columns(prepared.mapping.name)
    source = {
        "url": source_url,
        "withhold": withhold_url or None,
        "source_type": source_type,
        "publisher": publisher,
        "published": published,
        "scope": scope,
        "selected_on_outcome": True if selected else None,
        "scope_basis": "stated at import" if scope or selected else None,
    }
    taught = (
        bool(word) and is_own(prepared.mapping.name) and not guessed
    )  # a mapping of one's own learns the words
    if save_as or guessed or (word and not taught):
        name = save_as or _free_name(prepared.mapping.name)
        prepared = _renamed(prepared, name, source if guessed else {})
    foreseen = import_prepared(prepared, source, who=by, dry_run=True)
    _tell_layout(prepared, guessed, source_of(prepared, source))
    _tell_words(prepared)
    rejects = all_rejects(prepared, foreseen)
    _tell_rejects(rejects)
    print(f"\n{foreseen}")
    if dry_run:
        print("Nothing was written (--dry-run).")
        return
    if mapping is None and foreseen.accepted and not yes:
        typer.confirm("Is that right, and shall it be imported?", abort=True)
    receipt = import_prepared(prepared, source, who=by)
    if receipt.changed:
        from .intake.store import runs

        new = "a new source" if receipt.new_source else "a source that was there"
        print(
            f"Added {_cases(receipt.accepted)} of {new}, {receipt.source_id}: {runs(receipt.case_ids).replace(';', ', ')}"
        )
        if guessed or save_as or word:
            print(f"Mapping saved: {_short(save_mapping(prepared.mapping, replace=taught and not save_as))}")
    else:
        print("Nothing changed.")
    if receipt.rejected:
        print(f"The rows turned away, with the reasons: {_short(rejects_file(prepared, data_folder()))}")
    _tell_duplicates(receipt)
    if receipt.rejected and not receipt.accepted and not receipt.duplicates:
        raise typer.Exit(FAILED)


def _said(words: list[str] | None) -> dict[str, str]:
    said = {}
    for text in words or ():
        word, equals, code = text.rpartition("=")
        if not (equals and word.strip() and code.strip()):
            raise typer.BadParameter(
                f"--word takes WORDS=CODE, such as 'Verbal guidance=management_advice'; got {text!r}"
            )
        said[word.strip()] = code.strip()
    return said


def _known_columns(name: str) -> dict:
    from .intake import find_mapping

    return find_mapping(name).columns


def _renamed(prepared: Prepared, name: str, source: dict[str, object]) -> Prepared:
    """The same under another name, and with what was said of the source, but for what is of this file alone."""
    from dataclasses import replace

    from .intake.mapping import mapping_of

    parts = prepared.mapping.model_dump(mode="json")
    said = {key: value for key, value in source.items() if key in parts["source"] and value is not None}
    return replace(
        prepared, mapping=mapping_of({**parts, "name": name, "source": parts["source"] | said}, name)
    )


def _free_name(name: str) -> str:
    from .intake import mappings

    taken, number = mappings(), 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free


def _cases(number: int) -> str:
    return f"{number:,} case{'s' if number != 1 else ''}"


def _tell_layout(prepared: Prepared, guessed: bool, source: dict[str, object]) -> None:
    from .intake.tables import set_aside

    mapping = prepared.mapping
    sheet = f", sheet {prepared.table.sheet!r}" if prepared.table.sheet else ""
    print(f"{prepared.document.path.name}{sheet}: {prepared.rows_in:,} rows")
    print(f"Mapping: {mapping.name}{' (guessed)' if guessed else ''}")
    rows = []
    for column in prepared.table.cells.columns:
        meaning = mapping.meaning_of(column)
        if column in prepared.dropped:
            told = f"dropped: {prepared.dropped[column]}"
        elif meaning is None or meaning.to == ("ignore",):
            told = "not used"
        else:
            told = " and ".join(meaning.to) + (", as far as found in its text" if meaning.find else "")
        if mapping.kind != "labels" or prepared.table.cells[column].ne("").any():
            rows.append([column, told])
    print(tabulate(rows, ["Column", "Taken as"], tablefmt="simple", disable_numparse=True))
    if mapping.constants:
        print("For every row: " + ", ".join(f"{name} {value}" for name, value in mapping.constants.items()))
    if mapping.fill_down:
        print(f"Filled down within its group: {', '.join(mapping.fill_down)}")
    chosen = "selected on outcome" if source["selected_on_outcome"] else "not selected on outcome"
    publisher = f" of {source['publisher']}" if source["publisher"] else ""
    print(f"Source: {source['source_type']}{publisher}, {source['scope']}, {chosen} (options say otherwise)")
    if prepared.table.set_aside:
        print(f"Passed over as no case: {set_aside(prepared.table.set_aside)}")


def _tell_words(prepared: Prepared) -> None:
    words = prepared.words
    placed = words[words["placed"].ne("") & words["reason"].eq("")].sort_values(
        "rows", ascending=False, kind="stable"
    )
    unclear = words[words["note"].ne("") & words["reason"].eq("")]
    shown = placed.groupby("column", sort=False).head(_SHOWN).sort_values("column", kind="stable")
    if len(shown):
        print("\nWords and what they were taken as")
        rows = shown[["column", "written", "placed", "rows"]].to_numpy().tolist()
        print(
            tabulate(
                rows, ["Column", "Written", "Taken as", "Rows"], tablefmt="simple", disable_numparse=True
            )
        )
        if len(placed) > len(shown):
            print(f"... and {len(placed) - len(shown):,} more")
    for note, group in unclear.groupby("note", sort=False):
        cells = ", ".join(group["written"].head(3)) + (" ..." if len(group) > 3 else "")
        print(f"Note: {note} ({group['rows'].sum():,} row{'s' if group['rows'].sum() != 1 else ''}: {cells})")


def _tell_rejects(rejects) -> None:
    if rejects.empty:
        return
    print("\nTurned away")
    rows = [
        [len(group), reason, f"perhaps {hint}" if hint else ""]
        for (reason, hint), group in rejects.groupby(["reason", "suggestion"], sort=False)
    ]
    rows.sort(key=lambda row: -row[0])
    print(tabulate(rows[:20], ["Rows", "Reason", "Suggestion"], tablefmt="simple", disable_numparse=True))
    if len(rows) > 20:
        print(f"... and {len(rows) - 20} more reasons")
    if rejects["suggestion"].str.len().gt(0).any():
        print("To have words understood: --word 'WORDS=CODE' (codes: data/codelists/), and import again.")


def _tell_duplicates(receipt: Receipt) -> None:
    if not receipt.accepted:
        return
    from .intake.duplicates import possible_duplicates

    pairs = possible_duplicates(receipt.case_ids)
    if len(pairs):
        likely = int(pairs["strength"].eq("likely").sum())
        print(
            f"{len(pairs)} pair{'s' if len(pairs) > 1 else ''} with cases of other sources may be one case told twice ({likely} likely). "
            "Look at them: misconduct duplicates"
        )


# ------------------------------------------------------------------------------------------------ mappings


def list_mappings(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show this one, as TOML.", show_default=False)
    ] = None,
    data: Data = None,
) -> None:
    """List the layouts that are understood, or show one, to be copied and changed."""
    from .cli import _use_data
    from .intake import find_mapping, mappings
    from .intake.mapping import SHIPPED, as_toml, read_mapping

    _use_data(data)
    if name is not None:
        print(as_toml(find_mapping(name)), end="")
        return
    rows = [
        [known, "shipped" if path.parent == SHIPPED else "yours", read_mapping(path).title]
        for known, path in mappings().items()
    ]
    print(tabulate(rows, ["Mapping", "", "Layout"], tablefmt="simple", disable_numparse=True))


# ------------------------------------------------------------------------------------------------ duplicates


def list_duplicates(
    decide: Annotated[
        bool, typer.Option("--decide", help="Ask about each pair and record the answer.")
    ] = False,
    pair: Annotated[
        tuple[str, str, str] | None,
        typer.Option(
            "--set",
            metavar="CASE CASE same|different|unsure",
            help="Record one decision; the second case is left out where duplicates are.",
        ),
    ] = None,
    least: Annotated[float, typer.Option(metavar="BITS", help="Evidence from which a pair is listed.")] = 5.0,
    most: Annotated[int, typer.Option(min=1, metavar="N", help="Pairs at most.")] = 50,
    data: Data = None,
) -> None:
    """List cases of different sources that may be one case told twice, most likely first; decided pairs are not listed again."""
    from .cli import _use_data
    from .intake.duplicates import decide as record
    from .intake.duplicates import possible_duplicates

    _use_data(data)
    if pair is not None:
        record(*pair)
        print(f"Recorded: {pair[0]} and {pair[1]}: {pair[2]}")
        return
    pairs = possible_duplicates(least=least, most=most)
    if pairs.empty:
        print("No undecided pairs.")
        return
    if not decide:
        rows = pairs[["case_id_a", "case_id_b", "score", "strength", "reason"]].to_numpy().tolist()
        print(
            tabulate(
                rows, ["Case", "Perhaps the same", "Bits", "", "In common"], tablefmt="simple", floatfmt=".1f"
            )
        )
        print("Decide: misconduct duplicates --decide, or --set CASE CASE same|different|unsure")
        return
    _ask(pairs, record)


def _ask(pairs, record) -> None:
    import pandas as pd

    folder = data_folder()
    cases = pd.read_csv(folder / "hearings.csv", dtype=str, keep_default_na=False).set_index("case_id")
    sources = pd.read_csv(folder / "sources.csv", dtype=str, keep_default_na=False).set_index("source_id")
    answers = {"s": "same", "d": "different", "u": "unsure"}
    for number, row in enumerate(pairs.itertuples(index=False), start=1):
        both = cases.loc[[row.case_id_a, row.case_id_b]].T
        both.loc["source"] = [
            f"{sources['publisher'].get(s, '')} {sources['published'].get(s, '')}".strip()
            for s in both.loc["source_id"]
        ]
        both.loc["address"] = [sources["url"].get(s, "") for s in both.loc["source_id"]]
        both = both[both.ne("").any(axis=1)]
        print(f"\n{number} of {len(pairs)}: {row.reason} ({row.score:.1f} bits)")
        print(
            tabulate(
                both.reset_index().to_numpy().tolist(),
                ["", row.case_id_a, row.case_id_b],
                tablefmt="simple",
                disable_numparse=True,
            )
        )
        while (
            answer := typer.prompt("One case? [s]ame, [d]ifferent, [u]nsure, [l]ater, [q]uit", default="l")[
                :1
            ].lower()
        ) not in "sdulq":
            print("Answer s, d, u, l or q.")
        if answer == "q":
            return
        if answer in answers:
            record(row.case_id_a, row.case_id_b, answers[answer])
