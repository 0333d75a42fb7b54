"""The review page: the marked text on the left, the proposed rows on the right, and what becomes of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
from pathlib import Path
from typing import Any

import ipywidgets as w
import pandas as pd

from ..codelists import labels
from ..coding import code_notice
from ..coding.fields.dates import published_in
from ..coding.html import fragment
from ..coding.result import FIELDS, SEVERAL
from ..errors import StudyError
from ..formatting import header
from ..intake import Receipt, Source, add_cases
from .draft import Draft, choices
from .queue import ACCEPTED, SKIPPED, Queue

_WIDE = w.Layout(width="98%")
_NAME = {"description_width": "11em"}


def page(
    folder: Path | str | None = None, *, data: Path | str | None = None, who: str | None = None
) -> ReviewPage:
    """The review page for a folder of notices, to be shown as the last line of a cell.

    Parameters
    ----------
    folder : of text files and saved pages; `incoming/notices/` of the data package where none is given.
    data : data package that accepted cases go to; ours where none is given.
    who : role or handle for the log of changes, never a name.

    Raises
    ------
    StudyError : the folder cannot be made, or its record of what was reviewed is damaged.
    """
    return ReviewPage(Queue(Path(folder) if folder is not None else None), data=data, who=who)


class ReviewPage(w.VBox):
    """The page as one widget; its buttons call `accept`, `skip`, `back` and `add_person`, which can be called too.

    Parameters
    ----------
    queue : the notices.
    data, who : as for `page`.
    """

    def __init__(self, queue: Queue, *, data: Path | str | None = None, who: str | None = None):
        self.queue = queue
        self._data = Path(data) if data is not None else None
        self._who = who
        self.notice: Path | None = None
        self.text = ""
        self.drafts: list[Draft] = []
        self._history: list[Path] = []
        self._place = w.HTML()
        self._said = w.HTML()
        self._shown = w.HTML(
            layout=w.Layout(max_height="42em", overflow="auto", width="58%", padding="0 1em 0 0")
        )
        self._published = w.Text(
            description="Published",
            placeholder="YYYY-MM-DD",
            continuous_update=False,
            style=_NAME,
            layout=_WIDE,
        )
        self._force = w.Dropdown(description="Force", options=choices("force"), style=_NAME, layout=_WIDE)
        self._kind = w.Dropdown(
            description="Kind of source",
            options=[(label, code) for code, label in labels("source_types").items()],
            value="force_notice",
            style=_NAME,
            layout=_WIDE,
        )
        self._publisher = w.Text(description="Publisher", continuous_update=False, style=_NAME, layout=_WIDE)
        self._url = w.Text(
            description="Address", placeholder="https://", continuous_update=False, style=_NAME, layout=_WIDE
        )
        self._cases = w.Tab()
        self._buttons = {
            "accept": w.Button(
                description="Accept", button_style="primary", tooltip="Add the ticked cases to the data"
            ),
            "skip": w.Button(description="Skip", tooltip="Nothing of this notice goes into the data"),
            "back": w.Button(description="Back", tooltip="The notice before this one"),
            "person": w.Button(description="Add a person", tooltip="Somebody whom the rules missed"),
        }
        for name, call in (
            ("accept", self.accept),
            ("skip", self.skip),
            ("back", self.back),
            ("person", self.add_person),
        ):
            self._buttons[name].on_click(lambda _, call=call: self._answer(call))
        self._published.observe(lambda _: self._answer(self.code), names="value")
        about = w.VBox([self._published, self._force, self._kind, self._publisher, self._url])
        source = w.Accordion([about], titles=["Source"], selected_index=0)
        right = w.VBox(
            [source, self._cases, w.HBox(list(self._buttons.values()))], layout=w.Layout(width="42%")
        )
        super().__init__([self._place, self._said, w.HBox([self._shown, right])])
        self._force.observe(lambda _: self._answer(self.code), names="value")
        self.show(queue.next())

    # ------------------------------------------------------------------------------------ what is shown

    def show(self, notice: Path | None) -> None:
        """Show one notice and what the rules propose; None where all are dealt with."""
        self.notice = notice
        everything, waiting = len(self.queue.notices()), len(self.queue.open())
        for button in ("accept", "skip", "person"):
            self._buttons[button].disabled = notice is None
        self._buttons["back"].disabled = not self._history
        if notice is None:
            self.text, self.drafts = "", []
            self._place.value = f"<p>{self._nothing_left(everything)}</p>"
            self._shown.value = ""
            self._cases.children = ()
            return
        name = html.escape(notice.name)
        self._place.value = f"<p><b>{name}</b> · {waiting} of {everything} still to look at</p>"
        try:
            self.text = self.queue.text(notice)
        except StudyError as error:
            self.text, self.drafts = "", []
            self._shown.value, self._cases.children = "", ()
            self._buttons["accept"].disabled = True
            self._say(str(error), wrong=True)
            return
        stated = published_in(self.text)
        with self._published.hold_trait_notifications(), self._force.hold_trait_notifications():
            self._quiet = True
            self._published.value = stated.isoformat() if stated else ""
            self._force.value = ""
            self._url.value = ""
        self._quiet = False
        self.code()

    _quiet = False

    def _nothing_left(self, everything: int) -> str:
        folder = html.escape(str(self.queue.folder))
        if everything:
            return f"All {everything} notices of {folder} are dealt with."
        return (
            f"There is no notice in {folder}. Put text files or saved pages there, and run this cell again."
        )

    def code(self) -> None:
        """Propose anew, with the day of publication and the force as they stand."""
        if self.notice is None or self._quiet:
            return
        cases = code_notice(self.text, published=self._day(), force=self._force.value or None)
        self.drafts = [Draft(case) for case in cases]
        self._shown.value = fragment(self.text, cases)
        self._lay_out()
        if not cases:
            self._say("The rules find no concluded case here. Skip it, or add a person by hand.")

    def _day(self) -> str | None:
        typed = self._published.value.strip()
        if not typed:
            return None
        try:
            return dt.date.fromisoformat(typed).isoformat()
        except ValueError:
            raise StudyError(
                f"Published: {typed!r} is not a day. Write YYYY-MM-DD, or leave it empty."
            ) from None

    def _lay_out(self) -> None:
        self._cases.children = [self._form(draft) for draft in self.drafts]
        self._cases.titles = [f"Case {n}" for n in range(1, len(self.drafts) + 1)]
        if self.drafts:
            self._cases.selected_index = 0

    def _form(self, draft: Draft) -> w.VBox:
        include = w.Checkbox(value=draft.included, description="Goes into the data", indent=False)
        include.observe(lambda change: setattr(draft, "included", change["new"]), names="value")
        rows: list[w.Widget] = [include]
        for field in FIELDS:
            cell = self._cell(draft, field)
            coded = draft.case.fields.get(field)
            sure = w.HTML(
                f'<span title="how explicit the words are, 0 to 1">{coded.confidence:.2f}</span>'
                if coded
                else "",
                layout=w.Layout(width="3.2em"),
            )
            rows.append(w.HBox([cell, sure]))
        return w.VBox(rows)

    def _cell(self, draft: Draft, field: str) -> w.Widget:
        look: dict[str, Any] = {"description": header(field), "style": _NAME, "layout": w.Layout(width="88%")}
        if field in SEVERAL:
            look["layout"] = w.Layout(width="88%", height="12em")
            cell: w.Widget = w.SelectMultiple(options=choices(field), value=draft.get(field), **look)
        elif field == "hearing_date":
            cell = w.Text(
                value=draft.row[field],
                placeholder="YYYY-MM-DD, YYYY-MM or YYYY",
                continuous_update=True,
                **look,
            )
        else:
            cell = w.Dropdown(options=choices(field), value=draft.row[field], **look)
        cell.observe(lambda change: draft.set(field, change["new"]), names="value")
        return cell

    # ------------------------------------------------------------------------------------ what is decided

    def accept(self) -> Receipt | None:
        """Add the ticked cases to the data and go on; where something is wrong, say so and stay."""
        if self.notice is None:
            return None
        chosen = [draft for draft in self.drafts if draft.included]
        if not chosen:
            self._say("No case is ticked. Tick one, add a person, or skip the notice.", wrong=True)
            return None
        rows = pd.DataFrame(
            [draft.facts() for draft in chosen], index=[f"case {n}" for n in range(1, len(chosen) + 1)]
        )
        receipt = add_cases(rows, self._source(), how="coding", data=self._data, who=self._who)
        if receipt.rejected:
            reasons = "; ".join(r for r in receipt.rows["reason"] if r)
            self._say(f"{receipt}: {reasons}", wrong=True)
            return receipt
        corrected = sum(len(draft.corrected) for draft in chosen)
        self.queue.decide(self.notice, ACCEPTED, receipt.case_ids, corrected)
        self._go_on(f"{self.notice.name}: {receipt}.")
        return receipt

    def skip(self) -> None:
        """Nothing of this notice goes into the data; go on."""
        if self.notice is not None:
            self.queue.decide(self.notice, SKIPPED)
            self._go_on(f"{self.notice.name} skipped.")

    def back(self) -> None:
        """Return to the notice before, whatever was decided on it; cases that were added stay."""
        if self._history:
            before = self._history.pop()
            self.queue.undo(before)
            self.show(before)

    def add_person(self) -> None:
        """An empty row for somebody whom the rules missed, with the force filled in."""
        draft = Draft()
        if self._force.value or self.drafts:
            draft.set("force", self._force.value or self.drafts[0].row["force"])
        self.drafts.append(draft)
        self._lay_out()
        self._cases.selected_index = len(self.drafts) - 1

    def _source(self) -> Source:
        return Source(
            source_type=self._kind.value,
            url=self._url.value.strip(),
            publisher=self._publisher.value.strip(),
            published=self._day() or "",
            scope="round_up"
            if len({draft.row["hearing_date"] for draft in self.drafts}) > 1
            else "single_hearing",
            scope_basis="from the notice, as reviewed",
            file_sha256=hashlib.sha256(self.text.encode("utf-8")).hexdigest(),
        )

    def _go_on(self, said: str) -> None:
        done = self.notice
        if done is not None:
            self._history.append(done)
        self._say(said)
        self.show(self.queue.next(done))

    def _answer(self, call: Any) -> None:
        """What a button does: an error is a sentence on the page, never a traceback in the log."""
        try:
            call()
        except StudyError as error:
            self._say(str(error), wrong=True)

    def _say(self, text: str, wrong: bool = False) -> None:
        shown = html.escape(text).replace("\n", "<br>")
        mark = "<b>Not added.</b> " if wrong else ""
        self._said.value = f'<p role="status">{mark}{shown}</p>'
