"""Plain bw2io of the legacy stack; runs inside its environment, without bw_tinyml."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import bw2calc as bc
import bw2data as bd
import bw2io as bi

task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
bd.projects.set_current(task["project"])
if "biosphere3" not in bd.databases:
    bi.create_default_biosphere3()
    bi.create_core_migrations()
wanted = {tuple(method) for method in task["methods"]}
import zipfile  # noqa: E402

source = Path(bi.__file__).parent / "data" / "lcia" / "lcia_39_ecoinvent.zip"
with zipfile.ZipFile(source) as archive:
    for method in json.loads(archive.read("data.json")):
        if tuple(method["name"]) in wanted:
            target = bd.Method(tuple(method["name"]))
            target.register(unit=method["unit"])
            target.write([(tuple(e["input"]), e["amount"]) for e in method["exchanges"]])

from bw2data.backends.peewee import sqlite3_lci_db  # noqa: E402

# The importer commits every exchange with a formula on its own; do not wait for the disk each time.
sqlite3_lci_db.db.pragma("synchronous", 0, permanent=True)
unlinked = {}
for file in task["files"]:
    begun = time.monotonic()
    importer = bi.ExcelImporter(file)
    importer.apply_strategies(verbose=False)
    if importer.db_name == "tinyml":
        importer.match_database(
            "tinyml-background", fields=("name", "unit", "location", "reference product")
        )
    unlinked[Path(file).name] = len(list(importer.unlinked))
    importer.write_database(activate_parameters=True)
    print(f"  {Path(file).name}: imported in {time.monotonic() - begun:.0f} s", flush=True)

codes = task["codes"]
first = ("tinyml", next(iter(codes.values())))
scores: dict[str, list[float]] = {name: [] for name in codes}
for method in task["methods"]:
    lca = bc.LCA({first: 1}, tuple(method))
    lca.lci(factorize=True)
    lca.lcia()
    for name, code in codes.items():
        lca.redo_lcia({("tinyml", code): 1})
        scores[name].append(lca.score)
versions = {name: version(name) for name in ("bw2data", "bw2calc", "bw2io", "numpy", "scipy")}
from bw2data.parameters import DatabaseParameter  # noqa: E402

result = {
    "unlinked": unlinked,
    "scores": scores,
    "parameters": DatabaseParameter.select().count(),
    "versions": versions,
}
Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")
