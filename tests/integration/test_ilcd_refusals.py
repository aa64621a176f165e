"""ILCD packages of others: refused with place and reason, and what the command line says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bw_tinyml.brightway.project import open_project
from bw_tinyml.brightway.stack import bw2data
from bw_tinyml.cli.main import main
from bw_tinyml.errors import ImportFileError, UntrustedError
from bw_tinyml.importing.ilcd import import_ilcd

from ..conftest import MINI
from ..ilcd_faults import MUTATIONS
from ..ilcd_packages import COPPER, Documents, edit, node, pack, path_of
from .test_ilcd import written

REFUSED = [m for m in MUTATIONS if m[2] == "error"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code"), [m[:2] for m in REFUSED], ids=[m[0].__name__ for m in REFUSED]
    )
    def test_nothing_is_written(
        self,
        fresh: str,
        documents: Documents,
        tmp_path: Path,
        change: Callable[[Documents], None],
        code: str,
    ) -> None:
        change(documents)
        with pytest.raises(ImportFileError, match=r"'p\.zip' is refused: ILCD/\w+/") as caught:
            import_ilcd(pack(documents, tmp_path / "p.zip"), fresh, "x")
        assert caught.value.hint.endswith("Nothing was written")
        assert fresh not in bw2data().projects

    def test_entities(self, fresh: str, documents: Documents, tmp_path: Path) -> None:
        path = path_of(documents, "processes", *COPPER)
        attack = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n'
        head, _, rest = documents[path].partition(b"\n")
        documents[path] = head + b"\n" + attack + rest
        with pytest.raises(UntrustedError, match="document type declaration"):
            import_ilcd(pack(documents, tmp_path / "p.zip"), fresh, "x")

    def test_location_that_brightway_would_run(
        self, fresh: str, plain: Documents, tmp_path: Path
    ) -> None:
        """bw2data evaluates a location with a parenthesis as Python."""
        path = path_of(plain, "processes", *COPPER)
        edit(plain, path, r'OrProduction location="GLO"',
                       'OrProduction location="(print(1),)"')  # fmt: skip
        import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        places = {d["location"] for d in written(fresh, "x")}
        assert not any("(" in place for place in places)

    def test_formula_that_is_no_formula(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        path = path_of(plain, "processes", ">board production<")
        edit(plain, path, r"(name=\"amount_1\">\s*<formula>)[^<]*<",
                       r"\1__import__('os').system('true')<")  # fmt: skip
        report = import_ilcd(pack(plain, tmp_path / "p.zip"), fresh, "x")
        assert any("its amounts are fixed" in note for note in report.notes)
        open_project(fresh)
        assert not any(e.get("formula") for e in node("x", "board production").exchanges())

    def test_no_process(self, fresh: str, plain: Documents, tmp_path: Path) -> None:
        flows = {p: t for p, t in plain.items() if "/flows/" in p}
        with pytest.raises(ImportFileError, match="holds no process data set"):
            import_ilcd(pack(flows, tmp_path / "p.zip"), fresh, "x")


class TestCommandLine:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        found = capsys.readouterr()
        return int(caught.value.code or 0), found.out, found.err

    def test_export_and_import(
        self, fresh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = str(tmp_path / "x.zip")
        code, out, _ = self.run(
            capsys, "export", "ilcd", file, "--inventories", str(MINI), "--no-methods"
        )
        assert code == 0 and "processes" in out and "x.report.json" in out
        arguments = ("import", file, "--project", fresh, "--name", "y")
        code, out, _ = self.run(capsys, *arguments)
        assert code == 0 and "wrote database 'y'" in out
        code, out, err = self.run(capsys, *arguments)
        assert code == 2 and "--replace" in err and out == ""
        code, out, _ = self.run(capsys, *arguments, "--replace", "--json")
        assert code == 0 and json.loads(out)["processes"] > 5

    def test_refusal_has_no_traceback(
        self, fresh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = pack({"a/b.xml": b"<x/>"}, tmp_path / "a.zip")
        code, _, err = self.run(capsys, "import", str(file), "--project", fresh, "--name", "y")
        assert code == 2 and "neither an ILCD package" in err and "Traceback" not in err
