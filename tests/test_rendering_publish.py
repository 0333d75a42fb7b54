"""Publishing: a reader never sees half a site, whatever is killed when, and no run is stopped by a dead one."""

import shutil
import threading
from pathlib import Path

import pytest

from analysis.errors import StudyError
from analysis.rendering.publish import AlreadyRunning, Workshop


def fill(build: Path, text: str, pages: int = 3) -> None:
    for name in ["index.html", "manifest.json", *(f"force/{n}.html" for n in range(pages))]:
        (build / name).parent.mkdir(exist_ok=True)
        (build / name).write_text(text)


def publish(site: Path, text: str) -> bool:
    workshop = Workshop(site)
    with workshop.open() as (build, _):
        fill(build, text)
        return workshop.publish(build)


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


def builds(site: Path) -> list[Path]:
    return sorted(p for p in (site.parent / ".builds" / "site").iterdir() if p.is_dir())


def test_the_site_is_a_relative_link_so_that_the_folder_can_be_moved(site, tmp_path):
    assert publish(site, "one")
    assert not site.readlink().is_absolute()
    moved = tmp_path.parent / (tmp_path.name + "-moved")
    tmp_path.rename(moved)
    assert (moved / "site" / "index.html").read_text() == "one"
    moved.rename(tmp_path)


def test_the_same_site_again_changes_nothing(site):
    publish(site, "one")
    target = site.readlink()
    assert not publish(site, "one")
    assert site.readlink() == target


def test_a_site_that_someone_touched_is_put_right(site):
    publish(site, "one")
    (site / "index.html").write_text("touched")
    assert publish(site, "one")
    assert (site / "index.html").read_text() == "one"


def test_the_build_before_is_kept_for_its_last_readers_and_older_ones_go(site):
    publish(site, "one")
    first = site.resolve()
    publish(site, "two")
    assert (first / "index.html").read_text() == "one"
    publish(site, "three")
    assert not first.exists()
    assert len(builds(site)) == 2


def test_a_reader_never_misses_a_page_while_sites_are_published(site):
    publish(site, "0")
    stop = threading.Event()
    missed, seen = [], set()

    def read() -> None:
        while not stop.is_set():
            for name in ("index.html", "force/2.html"):
                try:
                    seen.add((site / name).read_text())
                except OSError as error:
                    missed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 40):
        publish(site, str(number))
    stop.set()
    for reader in readers:
        reader.join()
    assert missed == []
    assert len(seen) > 5
    assert "" not in seen


def test_an_abandoned_run_is_cleared_away_with_its_scratch(site):
    publish(site, "one")
    workshop = Workshop(site)
    context = workshop.open()
    build, scratch = context.__enter__()
    fill(build, "half", pages=1)
    # What a killed process leaves: everything but its lock, which the system frees.
    workshop.lock.release()
    assert publish(site, "two")
    assert not build.exists()
    assert not scratch.exists()
    assert not [p for p in builds(site) if p.name.startswith("run-")]


def test_nothing_outside_the_scratch_folders_is_ever_cleared(site, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    publish(site, "one")
    left = site.parent / ".builds" / "site" / "run-left"
    left.mkdir()
    (left / "scratch").symlink_to(precious)
    publish(site, "two")
    assert not left.exists()
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_only_one_run_at_a_time(site):
    with Workshop(site).open(), pytest.raises(AlreadyRunning, match="Another run"):
        publish(site, "two")
    assert publish(site, "two")


def test_two_sites_side_by_side_do_not_disturb_each_other(site, tmp_path):
    publish(site, "one")
    with Workshop(site).open():
        publish(tmp_path / "preview", "other")
    assert (site / "index.html").read_text() == "one"
    assert (tmp_path / "preview" / "index.html").read_text() == "other"


@pytest.mark.parametrize("name", ["site.lock", "site-failed", "lock", "failed"])
def test_a_site_may_be_called_what_another_ones_files_are_called(site, tmp_path, name):
    other = tmp_path / name
    publish(site, "one")
    publish(other, "other")
    for folder in {workshop.failures for workshop in (Workshop(site), Workshop(other))}:
        folder.mkdir(exist_ok=True)
        (folder / "why.txt").write_text("")
    assert publish(site, "two")
    assert not Workshop(site).failures.exists(), "the next run clears the complaints of the last away"
    assert (Workshop(other).failures / "why.txt").exists(), "but not another site's"
    with Workshop(site).open():
        assert publish(other, "more")
    assert (other / "index.html").read_text() == "more"
    assert (site / "index.html").read_text() == "two"


def test_a_run_that_fails_leaves_the_site_and_no_rubbish(site):
    publish(site, "one")
    with pytest.raises(RuntimeError), Workshop(site).open() as (build, scratch):
        fill(build, "half")
        raise RuntimeError
    assert (site / "index.html").read_text() == "one"
    assert builds(site) == [site.resolve()]
    assert not scratch.exists()


def test_a_copied_site_is_taken_in_hand(site):
    """A backup put back, or a clone that followed links, is a folder where the link should be."""
    publish(site, "one")
    copy = site.with_name("copy")
    shutil.copytree(site, copy)
    site.unlink()
    copy.rename(site)
    assert publish(site, "two")
    assert site.is_symlink()
    assert (site / "index.html").read_text() == "two"


def test_a_run_killed_while_it_took_a_copy_in_hand_is_made_good(site):
    publish(site, "one")
    adopted = site.resolve().rename(site.resolve().with_name("adopted"))
    site.unlink()
    with Workshop(site).open():
        assert (site / "index.html").read_text() == "one"
    assert adopted.exists()


def test_a_folder_that_is_not_a_site_is_refused_and_not_touched(site):
    site.mkdir()
    (site / "thesis.txt").write_text("years of work")
    with pytest.raises(StudyError, match="was not made by this command"):
        publish(site, "one")
    assert (site / "thesis.txt").read_text() == "years of work"


def test_a_link_to_elsewhere_is_refused(site, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    site.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="did not make"):
        publish(site, "one")
    assert site.readlink() == tmp_path / "elsewhere"


def test_a_link_whose_build_is_gone_is_made_good(site):
    publish(site, "one")
    shutil.rmtree(site.parent / ".builds")
    assert publish(site, "two")
    assert (site / "index.html").read_text() == "two"


def test_a_file_in_the_sites_place_is_refused(site):
    site.write_text("")
    with pytest.raises(StudyError, match="was not made by this command"):
        publish(site, "one")


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot be written to"):
        publish(tmp_path / "file" / "site", "one")
