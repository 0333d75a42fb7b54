"""Figures: nothing clipped, nothing overlapping, at both widths, whatever the data; alt texts that hold the numbers."""

import itertools
import math
import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from analysis import figures
from analysis.codelists import load_codelist
from analysis.errors import StudyError
from analysis.figures import style

WIDTHS = ("wide", "narrow")
ROLES = ("special_constable", "police_officer")
STANDARDS = list(load_codelist("standards").index)
TITLE = "Rate of dismissal or equivalent by standard breached and role"
SUBTITLE = "Share of cases in which gross misconduct was found, 2011 to 2026, 95 undated; 95 % intervals"


def rate(numerator, denominator, minimum=5, **groups):
    share = numerator / denominator if denominator else math.nan
    return groups | {
        "estimate": share,
        "conf_low": max(0.0, share - 0.2) if denominator else math.nan,
        "conf_high": min(1.0, share + 0.2) if denominator else math.nan,
        "numerator": numerator,
        "denominator": denominator,
        "method": "Wilson 95 % interval",
        "unknown": 1,
        "too_few": denominator < minimum,
    }


def rates(counts):
    """`counts`: {row: ((n, of) for specials, (n, of) for officers)}."""
    rows = [
        rate(*c, breach=b, role=r) for b, pair in counts.items() for r, c in zip(ROLES, pair, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(rate(0, 1, breach="", role="")))


FULL = rates(
    {code: ((k, k + 3), (12 * k, 13 * k + 1)) for k, code in enumerate([*STANDARDS, "not_stated"], start=1)}
)
ALL_OR_NONE = rates({"use_of_force": ((0, 40), (1200, 1200)), "confidentiality": ((40, 40), (0, 1234))})
ONE_ROW = rates({"challenging_and_reporting_improper_conduct": ((38, 41), (268, 310))})
FEW = rates(dict.fromkeys(STANDARDS[:4], ((1, 2), (0, 0))))
EMPTY = FULL.iloc[:0]
LONG = rates(
    {f"an_unusually_long_name_for_a_category_that_goes_on_and_on_{k}": ((k, 9), (4, 9)) for k in range(3)}
)
RATE_FRAMES = {
    "full": FULL,
    "all or none": ALL_OR_NONE,
    "one": ONE_ROW,
    "few": FEW,
    "empty": EMPTY,
    "long": LONG,
}


def contrasts(frame):
    rows = []
    for breach, pair in frame.groupby("breach", sort=False):
        one, other = (pair[pair["role"] == role].iloc[0] for role in ROLES)
        difference = one["estimate"] - other["estimate"]
        rows.append(
            {
                "breach": breach,
                "measure": "risk difference",
                "comparison": ROLES[0],
                "reference": ROLES[1],
                "estimate": difference,
                "conf_low": max(-1, difference - 0.3),
                "conf_high": min(1, difference + 0.3),
                "numerator": one["numerator"],
                "denominator": one["denominator"],
                "method": "Newcombe 95 % interval; p-value of Boschloo's exact test",
                "numerator_reference": other["numerator"],
                "denominator_reference": other["denominator"],
                "too_few": one["too_few"] or other["too_few"],
            }
        )
    return (
        pd.DataFrame(rows, columns=["breach", "measure", "comparison", "reference", "estimate", "conf_low"])
        if (not rows)
        else pd.DataFrame(rows)
    )


def forces(sizes, overall=0.87, outside=()):
    names = list(load_codelist("forces")["label"])
    rows = []
    for k, size in enumerate(sizes):
        row = rate(round(size * (0.2 if k in outside else overall)), size, force=names[k])
        rows.append(
            row | {"overall": overall, "position": "below 99.8 %" if k in outside else "within limits"}
        )
    return pd.DataFrame(rows, columns=[*rate(0, 1, force=""), "overall", "position"])


def limits(most, overall=0.87):
    spread = [2 * math.sqrt(overall * (1 - overall) / n) for n in range(1, most + 1)]
    clip = [(max(0, overall - f * s), min(1, overall + f * s)) for s in spread for f in (1, 1.5)]
    return pd.DataFrame(
        {
            "size": range(1, most + 1),
            "low95": [c[0] for c in clip[::2]],
            "high95": [c[1] for c in clip[::2]],
            "low998": [c[0] for c in clip[1::2]],
            "high998": [c[1] for c in clip[1::2]],
        }
    )


def profile(groups, by="role"):
    """`groups`: {group: {outcome: count}}."""
    order = list(load_codelist("outcomes").index)
    rows = []
    for group, counts in groups.items():
        total = sum(counts.values())
        for outcome in order:
            row = rate(counts.get(outcome, 0), total, outcome=outcome) | {by: group}
            rows.append(row | {"share": row["estimate"]})
    return pd.DataFrame(rows, columns=[by, *rate(0, 1, outcome=""), "share"])


def over_time(first, last, undated=(4, 70), peak=42):
    rows = []
    for year in range(first, last + 1):
        for place, role in enumerate(ROLES):
            rows.append({"year": str(year), "role": role, "cases": (year * 7 + place * 11) % (peak + 1)})
    rows += [{"year": "not_stated", "role": r, "cases": n} for r, n in zip(ROLES, undated, strict=True)]
    return pd.DataFrame(rows, columns=["year", "role", "cases"])


def pairs(codes, most=149):
    rows = []
    for i, a in enumerate(codes):
        for j, b in enumerate(codes):
            total = max(most - 13 * i, 1)
            both = total if i == j else max(0, most // 2 - 9 * (i + j))
            rows.append({"breach_a": a, "breach_b": b, "cases": both, "of_a": both / total})
    return pd.DataFrame(rows, columns=["breach_a", "breach_b", "cases", "of_a"])


def barring(years, gaps=()):
    rows = []
    for k, year in enumerate(years):
        for role, entries, headcount in (
            ("police_officer", 232 + 90 * k, 149164),
            ("special_constable", 31, 6330),
        ):
            known = (year, role) not in gaps
            value = 1000 * entries / headcount if known else math.nan
            rows.append(
                {
                    "financial_year": year,
                    "role": role,
                    "estimate": value,
                    "conf_low": 0.7 * value,
                    "conf_high": 1.3 * value,
                    "numerator": entries if known else pd.NA,
                    "denominator": headcount if known else pd.NA,
                    "method": "Garwood exact Poisson 95 % interval, per 1,000 headcount",
                    "in_year": k % 2 == 0,
                }
            )
    return pd.DataFrame(
        rows,
        columns=[
            "financial_year",
            "role",
            "estimate",
            "conf_low",
            "conf_high",
            "numerator",
            "denominator",
            "method",
            "in_year",
        ],
    )


REGIMES = load_codelist("regimes")
YEARS = ["2019/20", "2020/21", "2021/22", "2022/23", "2023/24", "2024/25"]
SOME_OUTCOMES = {
    "dismissed": 183,
    "would_have_been_dismissed": 85,
    "final_written_warning": 38,
    "no_action": 1,
    "other": 3,
}
EVERY_OUTCOME = dict.fromkeys(load_codelist("outcomes").index, 7)

CASES = {
    **{
        f"forest, {n}": (figures.forest_plot, (f,), {"reference": (0.87, "All cases: 87 %")})
        for n, f in RATE_FRAMES.items()
    },
    "forest, no group": (figures.forest_plot, (FULL[FULL["role"] == ROLES[1]],), {"group": None}),
    "forest, far reference": (
        figures.forest_plot,
        (ONE_ROW,),
        {"reference": (0.02, "A rate near nothing at all: 2 %")},
    ),
    "headline": (figures.headline_plot, (ONE_ROW,), {}),
    "headline, few": (figures.headline_plot, (FEW.iloc[:2],), {}),
    "headline, empty": (figures.headline_plot, (EMPTY,), {}),
    "contrast": (figures.contrast_plot, (contrasts(FULL),), {}),
    "contrast, wide intervals": (figures.contrast_plot, (contrasts(ALL_OR_NONE),), {}),
    "contrast, few": (figures.contrast_plot, (contrasts(FEW),), {}),
    "contrast, empty": (figures.contrast_plot, (contrasts(FULL).iloc[:0],), {}),
    "funnel": (figures.funnel_plot, (forces([5, 9, 9, 14, 22, 29, 2, 0]), limits(29)), {}),
    "funnel, many outside": (
        figures.funnel_plot,
        (forces([29, 28, 27, 26, 24, 12, 12, 40], outside=range(6)), limits(40)),
        {"highlight": "Cambridgeshire"},
    ),
    "funnel, highlight too few": (
        figures.funnel_plot,
        (forces([2, 30, 31]), limits(31)),
        {"highlight": "Avon and Somerset"},
    ),
    "funnel, highlight absent": (
        figures.funnel_plot,
        (forces([30, 31]), limits(31)),
        {"highlight": "Civil Nuclear"},
    ),
    "funnel, one": (figures.funnel_plot, (forces([6]), limits(6)), {}),
    "funnel, few": (figures.funnel_plot, (forces([1, 2]), limits(2)), {}),
    "funnel, empty": (figures.funnel_plot, (forces([]), limits(1).iloc[:0]), {}),
    "severity": (
        figures.severity_bars,
        (profile({ROLES[1]: SOME_OUTCOMES, ROLES[0]: {"dismissed": 3}}),),
        {},
    ),
    "severity, every": (
        figures.severity_bars,
        (profile(dict.fromkeys(STANDARDS, EVERY_OUTCOME), by="breach"),),
        {"row": "breach"},
    ),
    "severity, one outcome": (figures.severity_bars, (profile({ROLES[0]: {"dismissed": 41}}),), {}),
    "severity, empty": (figures.severity_bars, (profile({}),), {}),
    "time": (figures.time_line, (over_time(2011, 2026), REGIMES), {}),
    "time, long": (figures.time_line, (over_time(2000, 2026, peak=1234), REGIMES), {}),
    "time, one year": (figures.time_line, (over_time(2020, 2020, undated=(0, 0)), REGIMES), {}),
    "time, undated only": (figures.time_line, (over_time(2021, 2020), REGIMES), {}),
    "time, empty": (figures.time_line, (over_time(2021, 2020).iloc[:0], REGIMES), {}),
    "together": (figures.cooccurrence_matrix, (pairs(STANDARDS),), {}),
    "together, two": (figures.cooccurrence_matrix, (pairs(STANDARDS[:2], most=1234),), {}),
    "together, empty": (figures.cooccurrence_matrix, (pairs([]),), {}),
    "barring": (
        figures.barring_plot,
        (barring(YEARS, gaps={("2020/21", ROLES[0]), ("2021/22", ROLES[0])}),),
        {},
    ),
    "barring, one year": (figures.barring_plot, (barring(YEARS[:1]),), {}),
    "barring, nothing known": (
        figures.barring_plot,
        (barring(YEARS[:1], gaps={(YEARS[0], r) for r in ROLES}),),
        {},
    ),
    "barring, empty": (figures.barring_plot, (barring([]),), {}),
}


def draw(name, width, **extra):
    function, frames, options = CASES[name]
    return function(*frames, width=width, title=TITLE, subtitle=SUBTITLE, **options, **extra)


def text_boxes(figure):
    """Every visible piece of text with its box in points from the figure's lower left corner."""
    # at ten pixels a point, so that boxes are not rounded to whole points
    figure.set_dpi(720)
    renderer = RendererAgg(10, 10, 720)
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    shrink = Affine2D().scale(0.1)
    return [(t.get_text(), t.get_window_extent(renderer).transformed(shrink)) for t in found]


def faults(figure):
    """Text that is clipped by the figure's edge or lies over other text."""
    width, height = figure.get_size_inches() * 72
    boxes = text_boxes(figure)
    found = [
        f"clipped: {t}"
        for t, b in boxes
        if b.x0 < -0.5 or b.y0 < -0.5 or b.x1 > width + 0.5 or b.y1 > height + 0.5
    ]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        # a hair of overlap is the room that a font keeps above and below its letters
        if across > 0.5 and down > 1.5:
            found.append(f"over each other: {one!r} and {other!r}")
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_no_text_is_clipped_or_covered(name, width):
    assert faults(draw(name, width).figure) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_text_is_large_enough_and_the_figure_as_wide_as_its_layout(name, width):
    figure = draw(name, width).figure
    assert figure.get_size_inches()[0] == pytest.approx(7.2 if width == "wide" else 3.6)
    sizes = [t.get_size() for t in figure.findobj(Text) if t.get_text().strip()]
    # shown at 100 CSS pixels to the inch, 9 points are 12.5 CSS pixels
    assert min(sizes) >= (9.5 if width == "wide" else 9.0)


@pytest.mark.parametrize("name", CASES)
def test_spaces_are_not_drawn_and_no_style_sheet_reaches_beyond_the_figure(name):
    svg = style.to_svg(draw(name, "narrow").figure)
    root = ET.fromstring(svg)
    assert "<style" not in svg and root.get("stroke-linejoin") == "round"
    assert all(path.get("d") for path in root.iter("{http://www.w3.org/2000/svg}path"))


@pytest.mark.parametrize("name", CASES)
def test_svg_is_the_same_each_time_well_formed_and_small(name):
    one, two = (style.to_svg(draw(name, "wide").figure) for _ in range(2))
    assert one == two
    root = ET.fromstring(one)
    assert root.tag.endswith("svg")
    assert root.get("viewBox").startswith("0 0 518.4 ")
    names = set(re.findall(r'id="([^"]+)"', one))
    assert set(re.findall(r'href="#([^"]+)"', one)) <= names
    assert "<text" not in one
    assert not re.search(r"\d{4}-\d\d-\d\dT", one)
    assert len(one) < 120_000


def test_letters_keep_their_size_in_the_written_file():
    svg = style.to_svg(draw("headline", "wide").figure)
    assert "scale(0.015625)" in svg
    assert f"scale({style.LAYOUTS['wide'].title / 100:g} -" in svg


@pytest.mark.parametrize("name", CASES)
def test_alt_text_is_sentences_of_a_reasonable_length(name):
    alt = draw(name, "wide").alt
    assert alt.startswith(TITLE + ".")
    assert alt.endswith(".")
    assert "nan" not in alt.lower()
    assert len(alt.split()) <= 150
    assert alt == draw(name, "narrow").alt


def test_alt_texts_hold_the_numbers():
    assert "38 of 41, 93" in draw("headline", "wide").alt
    assert "268 of 310, 86" in draw("headline", "wide").alt
    forest = draw("forest, one", "wide").alt
    assert "(38 of 41)" in forest and "(268 of 310)" in forest and "All cases: 87 %" in forest
    full = draw("forest, full", "wide").alt
    assert "Special constables: 10 rates, from 40\u202f% (2 of 5)" in full
    assert "1 more too few to say" in full
    assert "(183)" in draw("severity", "wide").alt
    assert "1 group has too few cases to say" in draw("severity", "wide").alt
    assert "74 cases without a date are not drawn" in draw("time", "wide").alt
    assert (
        "(31 of 6,330)" in draw("barring", "wide").alt
        and "no rate in 2 of 6 years" in draw("barring", "wide").alt
    )
    funnel = draw("funnel, many outside", "wide").alt
    assert "below 99.8 %" in funnel and "6 of 29" in funnel and "Cambridgeshire: " in funnel
    assert "named most often: Honesty and integrity 149" in draw("together", "wide").alt


def test_too_few_is_words_with_the_count_never_a_dot():
    drawing = draw("forest, few", "wide")
    words = [t for t, _ in text_boxes(drawing.figure)]
    assert sum("too few to say (n = 2)" in w for w in words) == 4
    assert not drawing.figure.axes[0].lines
    assert not any("50" in w and "of" in w for w in words)


def test_every_estimate_has_its_count_beside_it():
    for width in WIDTHS:
        words = " ".join(t for t, _ in text_boxes(draw("forest, all or none", width).figure))
        for counts in ("0 of 40", "1,200 of 1,200", "40 of 40", "0 of 1,234"):
            assert counts in words
        words = " ".join(t for t, _ in text_boxes(draw("contrast, wide intervals", width).figure))
        assert "0 of 40" in words and "1,200 of 1,200" in words
        words = " ".join(t for t, _ in text_boxes(draw("barring", width).figure))
        assert "6,330" in words and "149,164" in words


def test_the_rate_axis_runs_from_nothing_to_all():
    for name in ("forest, one", "headline"):
        assert draw(name, "wide").figure.axes[0].get_xlim() == (0.0, 1.0)


def test_dots_stand_at_their_rates_with_their_intervals():
    lines = draw("forest, one", "wide").figure.axes[0].lines
    spans = [tuple(line.get_xdata()[:2]) for line in lines if len(line.get_xdata()) > 1]
    dots = [line.get_xdata()[0] for line in lines if len(line.get_xdata()) == 1]
    assert spans == [tuple(ONE_ROW.loc[k, ["conf_low", "conf_high"]]) for k in (0, 1)]
    assert dots == list(ONE_ROW["estimate"])


def test_roles_keep_their_mark_whatever_the_order_of_the_rows():
    turned = FULL.iloc[::-1]
    for frame in (FULL, turned):
        words = [t for t, _ in text_boxes(figures.forest_plot(frame, title=TITLE).figure)]
        assert words.index("Special constables") < words.index("Regular officers")
    assert style.mark_for("special_constable", 3) is style.MARKS[0]


def test_rows_stand_most_cases_first_and_not_stated_last_but_years_in_order():
    frame = rates(
        {
            "not_stated": ((90, 99), (90, 99)),
            "use_of_force": ((5, 5), (5, 5)),
            "confidentiality": ((8, 9), (8, 9)),
        }
    )
    words = [t for t, _ in text_boxes(figures.forest_plot(frame, title=TITLE).figure)]
    order = [w for w in words if w in ("Confidentiality", "Use of force", "Not stated")]
    assert order == ["Confidentiality", "Use of force", "Not stated"]
    years = pd.DataFrame(
        [rate(5, n, year=y, role=ROLES[1]) for y, n in (("2019", 6), ("2020", 60), ("2021", 9))]
    )
    words = [t for t, _ in text_boxes(figures.forest_plot(years, row="year", title=TITLE).figure)]
    assert [w for w in words if w in ("2019", "2020", "2021")] == ["2019", "2020", "2021"]


def test_forces_outside_the_limits_and_the_highlighted_one_are_named():
    words = " ".join(t for t, _ in text_boxes(draw("funnel, many outside", "narrow").figure))
    frame = CASES["funnel, many outside"][1][0]
    for force in frame.loc[frame["position"] != "within limits", "force"]:
        assert f"{force} (" in words
    few = " ".join(t for t, _ in text_boxes(draw("funnel, highlight too few", "wide").figure))
    assert "Avon and Somerset: too few to say (n = 2)" in few


def test_time_line_marks_only_rules_that_began_in_its_years_and_counts_the_undated():
    words = " ".join(t for t, _ in text_boxes(draw("time", "narrow").figure))
    assert "From 1 February 2020" in words and "2008" not in words
    assert "4 special constables and 70 regular officers" in words
    one = " ".join(t for t, _ in text_boxes(draw("time, one year", "wide").figure))
    assert "1 February 2020" in one and "2015" not in one and "no date" not in one


def test_an_empty_frame_is_a_plain_sentence():
    for name in (n for n in CASES if n.endswith("empty")):
        words = " ".join(t for t, _ in text_boxes(draw(name, "narrow").figure))
        assert re.search(r"(There are no|No force|No case|No year)", words), name


def test_unknown_width_is_refused_by_name():
    with pytest.raises(StudyError, match="wide, narrow"):
        draw("headline", "poster")


def test_drawing_leaves_matplotlib_settings_as_they_were():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    style.to_svg(draw("severity, every", "wide").figure)
    assert dict(mpl.rcParams) == before


def test_colours_are_legible_and_told_apart_without_colour():
    for mark in style.MARKS:
        assert style.contrast(mark.colour, style.PAPER) >= 3, "marks: WCAG 1.4.11"
        assert style.contrast(mark.text, style.PAPER) >= 4.5, "words: WCAG 1.4.3"
    assert len({m.shape for m in style.MARKS}) == len(style.MARKS)
    assert style.MARKS[0].filled != style.MARKS[1].filled
    assert style.contrast(style.MUTED, style.PAPER) >= 4.5
    shades = list(figures.severity._SHADES.values())
    assert list(figures.severity._SHADES) == [o for o in load_codelist("outcomes").index if o != "other"]
    levels = [style.luminance(s) for s in shades]
    assert levels == sorted(levels, reverse=True), "darker is graver, in greyscale too"
    assert all(style.contrast(a, b) >= 1.12 for a, b in itertools.pairwise(shades))
    for shade in [*shades, *(c[1] for c in figures.cooccurrence._CLASSES)]:
        assert style.contrast(style.ink_on(shade), shade) >= 4.5


def test_contrast_is_the_wcag_ratio():
    assert style.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert style.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@given(text=st.text(alphabet="abc def\u202f%", max_size=80), width=st.floats(20, 300))
def test_wrapped_lines_keep_every_word_and_fit_unless_a_word_cannot(text, width):
    lines = style.wrap(text, width, 9.5)
    assert [w for line in lines for w in line.split(" ") if w] == [w for w in text.split(" ") if w]
    for line in lines:
        assert style.text_width(line, 9.5) <= width or " " not in line


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=st.dictionaries(
        st.sampled_from([*STANDARDS, "not_stated", "several"]),
        st.tuples(*[st.integers(0, 1500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))] * 2),
        max_size=12,
    ),
    width=st.sampled_from(WIDTHS),
)
def test_any_rates_can_be_drawn_without_a_fault(counts, width):
    frame = rates(counts)
    assert faults(figures.forest_plot(frame, width=width, title=TITLE, subtitle=SUBTITLE).figure) == []
    assert (
        faults(figures.contrast_plot(contrasts(frame), width=width, title=TITLE, subtitle=SUBTITLE).figure)
        == []
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=st.lists(
        st.dictionaries(st.sampled_from(list(EVERY_OUTCOME)), st.integers(0, 900), min_size=1),
        min_size=1,
        max_size=8,
    ),
    width=st.sampled_from(WIDTHS),
)
def test_any_severity_profile_can_be_drawn_without_a_fault(counts, width):
    groups = dict(zip(STANDARDS, counts, strict=False))
    frame = profile(groups, by="breach")
    assert faults(figures.severity_bars(frame, row="breach", width=width, title=TITLE).figure) == []


def test_bars_of_both_panels_have_one_scale():
    frame = pd.DataFrame({"year": ["2020", "2020"], "role": ROLES, "cases": [5, 40]})
    drawing = figures.time_line(frame, REGIMES, title=TITLE)
    bars = [b for b in drawing.figure.findobj(Rectangle) if b.get_zorder() == 2 and b.get_height() > 1]
    heights = [bar.get_height() for bar in bars]
    assert heights[1] / heights[0] == pytest.approx(8)
