"""The eILCD schemas and the JRC's stylesheets that the package tidas-tools brings."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

FILES = {
    "processes": "ILCD_ProcessDataSet.xsd",
    "flows": "ILCD_FlowDataSet.xsd",
    "flowproperties": "ILCD_FlowPropertyDataSet.xsd",
    "unitgroups": "ILCD_UnitGroupDataSet.xsd",
    "sources": "ILCD_SourceDataSet.xsd",
    "contacts": "ILCD_ContactDataSet.xsd",
    "lciamethods": "ILCD_LCIAMethodDataSet.xsd",
    "lifecyclemodels": "ILCD_LifeCycleModelDataSet.xsd",
}


def folder() -> Path:
    spec = find_spec("tidas_tools")
    assert spec and spec.origin, "install the extra 'dev': it brings tidas-tools"
    return Path(spec.origin).parent / "eilcd"


@cache
def schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(folder() / "schemas" / FILES[kind])))


@cache
def stylesheet(name: str = "validate.xsl") -> etree.XSLT:
    return etree.XSLT(etree.parse(str(folder() / "stylesheets" / name)))


def schema_errors(root: Path) -> list[str]:
    """Return the schema errors of all data sets of an unpacked package."""
    errors = []
    for kind in FILES:
        for path in sorted((root / "ILCD" / kind).glob("*.xml")):
            check = schema(kind)
            if not check.validate(etree.parse(str(path))):
                errors += [f"{path.name}:{e.line}: {e.message}" for e in check.error_log]
    return errors


def add_reference_lists(root: Path) -> None:
    """Put the JRC's lists beside the data sets, where a package has none of its own.

    The stylesheet looks there first, and lxml refuses a document() that does not exist.
    """
    for name in ("ILCDClassification", "ILCDFlowCategorization"):
        source = folder() / "stylesheets" / f"{name}_Reference.xml"
        (root / "ILCD" / f"{name}.xml").write_bytes(source.read_bytes())


def stylesheet_messages(path: Path) -> list[str]:
    """Return what the JRC's validate.xsl says about a data set: nothing if it is fine."""
    transform = stylesheet()
    result = str(transform(etree.parse(str(path))))
    logged = [e.message for e in transform.error_log]
    return [line.strip() for line in result.splitlines() if line.strip()] + logged
