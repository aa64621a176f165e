"""The documentation is true: its commands and sessions run, its generated pages are fresh."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bw_tinyml.cli.main import COMMANDS, main

from ..conftest import ROOT

DOCS = ROOT / "docs"
#: a fence, its language and its content, in pages and inside of lists
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def generator() -> object:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = generator().pages()  # type: ignore[attr-defined]
WRITTEN = [p for p in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) if p.name not in GENERATED]


def blocks(page: Path, *languages: str) -> list[tuple[str, str]]:
    """Language and content of the fences of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for indent, language, content in _FENCE.findall(text):
        if language in languages:
            lines = [line.removeprefix(indent) for line in content.splitlines()]
            found.append((language, "\n".join(lines)))
    return found


def commands(language: str, content: str) -> list[str]:
    """Commands of a fence: lines of bash, and those after a prompt of a console."""
    lines = content.replace("\\\n", " ").splitlines()
    if language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_generated_pages_are_fresh(name: str) -> None:
    path = DOCS / name
    assert path.is_file() and path.read_text(encoding="utf-8") == GENERATED[name], "run `make docs`"


def test_every_command_is_documented() -> None:
    reference = GENERATED["cli.md"]
    pages = "".join(p.read_text(encoding="utf-8") for p in WRITTEN)
    for command in COMMANDS:
        assert f"## {command}" in reference
        assert f"bw-tinyml {command}" in pages, f"no page shows `bw-tinyml {command}` in use"


def test_every_public_function_is_documented() -> None:
    import bw_tinyml as bt

    page = (DOCS / "python.md").read_text(encoding="utf-8")
    for name in bt.__all__:
        if name != "__version__":
            assert f"bw_tinyml.{name}" in page
            assert getattr(bt, name).__doc__


def test_citations_name_the_version() -> None:
    from bw_tinyml import __version__

    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert f"Version {__version__}," in (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    for page in WRITTEN:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder like a clone, in which the examples run one page after the other."""
    from bw_tinyml.brightway import install

    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "inventories", folder / "inventories")
    shutil.copytree(DOCS / "gallery", folder / "docs" / "gallery")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # bw2io's data migrations take a quarter of a minute; another test creates them
        patch.setattr(install, "_create_migrations", lambda progress: False)
        yield folder


def run(line: str) -> None:
    """Run a command of a page, as far as it is ours; what it is piped into is left out."""
    words = shlex.split(line.split(" | ", maxsplit=1)[0], comments=True)
    match words:
        case ["bw-tinyml", *arguments]:
            with pytest.raises(SystemExit) as caught:
                main(arguments)
            assert not caught.value.code, line
        case ["cp", "-r", source, target]:
            shutil.copytree(source, target)
        case ["make", target]:
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), line
        case ["pip", *_] | ["git", *_] | ["cd", *_] | ["python", "-m", "venv", *_] | ["source", *_]:
            pass
        case _:
            pytest.fail(f"the test does not know how to run: {line}")


def add_rows(folder: Path, content: str) -> None:
    """Add the rows of a csv fence to the table of the walk-through that has its columns."""
    header, *rows = content.splitlines()
    tables = [
        folder / "sources.csv",
        folder / "tinyml/components/processes.csv",
        folder / "tinyml/components/exchanges.csv",
    ]
    table = next(t for t in tables if t.read_text(encoding="utf-8").splitlines()[0] == header)
    with table.open("a", encoding="utf-8") as file:
        file.write("".join(f"{row}\n" for row in rows))


# start.md installs the project that other pages use
ORDER = sorted(WRITTEN, key=lambda p: (p.name != "start.md", p.name))


@pytest.mark.slow
@pytest.mark.parametrize("page", ORDER, ids=[p.name for p in ORDER])
def test_examples_run(page: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for language, content in blocks(page, "bash", "console", "csv", "python"):
        if language == "csv":
            add_rows(place / "my-inventories", content)
        elif language == "python":
            exec(compile(content, f"{page.name}", "exec"), names)
        else:
            for line in commands(language, content):
                run(line)
    capsys.readouterr()


def rows(text: str) -> dict[str, list[float]]:
    """Numbers of the rows of a table by their first column; only the last table of a text."""
    found = {}
    for line in text.splitlines():
        first, *cells = re.split(r"\s{2,}", line.strip())
        numbers = re.findall(r"(?<![\w.])\d[\d.]*(?:e[-+]?\d+)?", " ".join(cells))
        if numbers:
            found[first] = [float(n) for n in numbers]
    return found


@pytest.mark.slow
def test_readme_shows_what_comes_out(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # a page changes a parameter of the project: start from the tables again
    run("bw-tinyml install --project my-project --background open --replace")
    (_, session), *_ = blocks(ROOT / "README.md", "console")
    compared = 0
    for part in session.split("$ ")[1:]:
        command, _, shown = part.partition("\n")
        if not command.startswith(("bw-tinyml score", "bw-tinyml compare")):
            continue
        capsys.readouterr()
        run(command)
        printed = capsys.readouterr().out
        if "against Wi-Fi" in command:
            printed = printed.split("against Wi-Fi")[1].split("against ")[0]
        now = rows(printed)
        for name, numbers in rows(shown).items():
            if name in now:
                assert numbers == pytest.approx(now[name], rel=0.03), f"{name}: run docs/readme.py"
                compared += 1
    assert compared >= 32


@pytest.mark.slow
def test_walk_through_gives_a_sound_dataset(place: Path) -> None:
    """After the page was followed: no error, no warning about the new rows, a score."""
    from bw_tinyml import check

    folder = place / "my-inventories"
    if not folder.is_dir():
        pytest.skip("runs after the examples of format.md")
    report = check(folder)
    assert report.errors == []
    last = len((folder / "tinyml/components/exchanges.csv").read_text().splitlines())
    assert not [f for f in report if "components" in f.file and f.row > last - 5]
