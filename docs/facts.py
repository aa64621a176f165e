"""Write counts that stand in the text of pages: ``python docs/facts.py [--check]``.

A fact is a name in a comment and what follows it, up to the next comment:
``<!-- fact: keys -->289<!-- end -->``. The block of a ``session`` is a command, run again. All come
from the inventory tables and the open background; no Brightway project is needed.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from click.testing import CliRunner

from bw_tinyml.background import link
from bw_tinyml.cli.main import cli
from bw_tinyml.impact.checks import band_score, inside
from bw_tinyml.impact.preview import matrices
from bw_tinyml.inventory import load
from bw_tinyml.inventory.families import categories
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.functional_unit import stated
from bw_tinyml.inventory.quality import quality
from bw_tinyml.inventory.tally import formulas, tally

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FACT = re.compile(r"(<!-- fact: ([^>]+?) -->)(.*?)(<!-- end -->)", re.DOTALL)
#: a fence with a command, which may go on after a backslash at the end of a line
_SESSION = re.compile(r"\n```\n\$ bw-tinyml ((?:[^\n]*\\\n)*[^\n]*)\n")
_BACKGROUND = "tinyml-background"


class Facts:
    """Facts by name."""

    def __init__(self) -> None:
        self.inventory, _ = load()
        self.makers: dict[str, Callable[[], str]] = {
            "formula exchanges": lambda: f"{formulas(self.inventory):,}".replace(",", " "),
            "keys": lambda: str(len(self.inventory.tables["keys"])),
            "background datasets": lambda: str(len(self.inventory.of_database(_BACKGROUND))),
            "background recipes": lambda: str(
                len({d.process for d in self.inventory.of_database(_BACKGROUND)})
            ),
            "background rows": lambda: f"{tally(self.inventory, _BACKGROUND).count():,}".replace(
                ",", " "
            ),
            "background literature": lambda: self._share("literature"),
            "background calculated": lambda: self._share("calculated"),
            "background estimates": lambda: self._share("estimate"),
            "functional units": self._functional_units,
            "bands": lambda: str(len(self.hits)),
            "bands share": lambda: f"{sum(h for _, h in self.hits) / len(self.hits):.0%}",
        }

    def text(self, name: str, block: str) -> str:
        """Return a fact.

        ``inside: A; B`` counts the bands of the categories A and B.

        ``rated: DATABASE`` counts its datasets with a data quality rating.
        """
        kind, _, rest = name.partition(": ")
        if kind == "session":
            return session(block)
        if kind == "rated":
            found = [quality(self.inventory, d) for d in self.inventory.of_database(rest)]
            return f"{sum(q.rating is not None for q in found)} of {len(found):,}"
        if kind == "inside":
            return self._inside([label.strip() for label in rest.split(";") if label.strip()])
        return self.makers[name]()

    @cached_property
    def hits(self) -> list[tuple[str, bool]]:
        """Label of the category of each band, and whether our score lies inside."""
        linked = link(self.inventory, Report())
        system = matrices(linked)
        rows = self.inventory.tables["bands"]
        labels = {
            (family, c.category): c.label
            for family in {row["family"] for row in rows}
            for c in categories(self.inventory, family)
        }
        return [
            (labels[r["family"], r["category"]], inside(r, band_score(linked, system, r)))
            for r in rows
        ]

    def _inside(self, labels: Iterable[str]) -> str:
        wanted = list(labels)
        unknown = set(wanted) - {label for label, _ in self.hits}
        if unknown:
            raise ValueError(f"no bands for: {', '.join(sorted(unknown))}")
        found = [hit for label, hit in self.hits if label in wanted or not wanted]
        return f"{sum(found)} of {len(found)}"

    def _functional_units(self) -> str:
        lines = ["| task | functional unit | devices and baselines |", "| --- | --- | ---: |"]
        rows = self.inventory.tables["systems"]
        value = self.inventory.values["tinyml"].__getitem__
        for task in dict.fromkeys(row["task"] for row in rows):
            found = [row for row in rows if row["task"] == task]
            unit = " / ".join(dict.fromkeys(stated(row["functional_unit"], value) for row in found))
            devices = sum(row["role"] == "device" for row in found)
            lines.append(f"| {task} | {unit} | {devices} + {len(found) - devices} |")
        return "\n" + "\n".join(lines) + "\n"

    def _share(self, kind: str) -> str:
        found = tally(self.inventory, _BACKGROUND)
        return f"{found.count([kind]) / found.count():.0%}"


def session(block: str) -> str:
    """Return a fence with a command of ours, run again."""
    found = _SESSION.match(block)
    if not found:
        raise ValueError(f"no command: {block[:40]!r}")
    words = shlex.split(found[1].replace("\\\n", " "))
    printed = CliRunner().invoke(cli, words, catch_exceptions=False).output.rstrip()
    lines = "\n".join(line.rstrip() for line in printed.splitlines())
    return f"\n```\n$ bw-tinyml {found[1]}\n{lines}\n```\n"


def filled(text: str, facts: Facts) -> str:
    """Return a page with its facts written anew."""
    return _FACT.sub(lambda m: f"{m[1]}{facts.text(m[2], m[3])}{m[4]}", text)


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that are out of date."""
    facts = Facts()
    stale = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        made = filled(text, facts)
        if made != text:
            stale.append(page.name)
            if "--check" not in arguments:
                page.write_text(made, encoding="utf-8")
    print("out of date:" if "--check" in arguments else "wrote:", ", ".join(stale) or "nothing")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
