"""A release of ecoinvent by its published names, for those who do not have the database at hand.

The names of its activities are those that the package ``ecoinvent_interface`` lists (MIT licence);
those of its elementary flows follow from the migrations in ``randonneur_data`` (CC BY 4.0). Units,
and which activities treat a waste, are those that the link table states: the lists have neither.
"""

from __future__ import annotations

import importlib.util
import json
import re
import zipfile
from pathlib import Path

from bw_tinyml.background.index import ActivityIndex, Label
from bw_tinyml.background.releases import Release, known_releases, release_number
from bw_tinyml.errors import BackgroundError, ProjectError
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.units import unit_name

_STATED = re.compile(
    r"(?:ecoinvent[ -]?)?v?(?P<number>3\.\d+(?:\.\d+)?)[ ,_-]+(?P<model>[a-z][a-z0-9 -]*)", re.I
)
#: migrations between the names that we use (3.9) and those of a release: name of the file, and
#: whether it leads from the release to ours
_MIGRATIONS: dict[str, tuple[tuple[str, bool], ...]] = {
    "3.8": (("ecoinvent-3.8-biosphere-ecoinvent-3.9-biosphere", True),),
    "3.9.1": (),
    "3.10": (("ecoinvent-3.9.1-biosphere-ecoinvent-3.10-biosphere", False),),
    "3.11": (
        ("ecoinvent-3.9.1-biosphere-ecoinvent-3.10-biosphere", False),
        ("ecoinvent-3.10.1-biosphere-ecoinvent-3.11-biosphere", False),
    ),
}
_MIGRATIONS["3.10.1"] = _MIGRATIONS["3.10"]
#: units of natural gas, which counts in standard cubic meters since 3.9
_UNITS = {"m3": "cubic meter", "Sm3": "standard cubic meter"}


def stated_release(text: str, inventory: Inventory) -> Release:
    """Return the release and system model that a text states, such as ``ecoinvent-3.10-cutoff``.

    Parameters
    ----------
    text
        What the user wrote; ``3.10 cutoff`` will do.
    inventory
        For the table of releases.

    Raises
    ------
    BackgroundError
        It states none, or one whose names are not published.
    """
    found = _STATED.fullmatch(text.strip())
    known = [
        (name, release.system_model)
        for release in known_releases(inventory)
        for name in release.names
        if name.removeprefix("v") in _MIGRATIONS
    ]
    known.sort(key=lambda pair: (release_number(pair[0]), pair[1].lower()))
    if found:
        model = found["model"].replace(" ", "").replace("-", "").lower()
        for name, system_model in known:
            if name == f"v{found['number']}" and system_model.lower() == model:
                return Release((name,), system_model)
    listed = ", ".join(dict.fromkeys(name.removeprefix("v") for name, _ in known))
    models = ", ".join(dict.fromkeys(model for _, model in known))
    raise BackgroundError(
        f"'{text}' states no release of ecoinvent whose names are published",
        f"write ecoinvent-RELEASE-MODEL with {listed} and {models}; for any other database that "
        "you have, name its project as well (--project)",
    )


def database_name(release: Release) -> str:
    """Return the name that bw2io's importer gives the database of a release."""
    return f"ecoinvent-{release.names[-1].removeprefix('v')}-{release.system_model}"


def biosphere_name(release: Release) -> str:
    """Return the name that bw2io's importer gives the elementary flows of a release."""
    return f"ecoinvent-{release.names[-1].removeprefix('v')}-biosphere"


def published_index(release: Release, inventory: Inventory) -> ActivityIndex:
    """Return the activities of a release; of those that links name with unit and production.

    Raises
    ------
    ProjectError
        The package with the lists is not installed, or lacks this one.
    """
    pairs: dict[str, tuple[str, str]] = {}
    entries: list[tuple[Label, str]] = []
    for row in _names(release):
        code = Path(row["filename"]).stem
        label = row["activity_name"], row["reference_product"], row["geography"]
        entries.append((label, code))
        pairs[code] = label[:2]
    wastes = {row["key"] for row in inventory.tables["keys"] if row.flag("waste")}
    wastes |= {i for i, dataset in inventory.datasets.items() if dataset.product_type == "waste"}
    stated = {
        # ecoinvent's treatments of waste have negative production in Brightway.
        (row["activity"], row["product"]): (unit_name(row["unit"]), -1.0 if waste else 1.0)
        for row in inventory.tables["links_ecoinvent"]
        if row["activity"]
        for waste in [row["key"] in wastes]
    }
    return ActivityIndex(database_name(release), entries, lambda code: stated[pairs[code]])


def _names(release: Release) -> list[dict[str, str]]:
    spec = importlib.util.find_spec("ecoinvent_interface")
    member = f"{release.names[-1].removeprefix('v')}_{release.system_model}.json"
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "data" / "mappings.zip"
        if path.is_file():
            with zipfile.ZipFile(path) as archive:
                if member in archive.namelist():
                    rows: list[dict[str, str]] = json.loads(archive.read(member))
                    return rows
    raise ProjectError(
        f"the names of {release} come with the package ecoinvent_interface, which "
        + ("lacks them" if spec else "is not installed"),
        "run `pip install -U ecoinvent_interface`",
    )


def flow_labels(release: Release) -> dict[str, tuple[str, str]]:
    """Return name and unit of the elementary flows (UUIDs) that a release labels otherwise than we.

    Flows that got another UUID as well are other flows, and left out here.
    """
    import randonneur_data

    ours = elementary_flows()
    labels: dict[str, tuple[str, str]] = {}
    registry = randonneur_data.Registry()
    for file, backwards in _MIGRATIONS[release.names[-1].removeprefix("v")]:
        for row in registry.get_file(file)["replace"]:
            code = row["source"]["uuid"]
            if code != row["target"].get("uuid") or code not in ours:
                continue
            name, unit = labels.get(code, (ours[code].name, ours[code].unit))
            theirs = row["source" if backwards else "target"]
            changes = "unit" in row["source"] and "unit" in row["target"]
            labels[code] = theirs.get("name", name), _UNITS[theirs["unit"]] if changes else unit
    return {
        code: label for code, label in labels.items() if label != (ours[code].name, ours[code].unit)
    }
