"""The checker of ILCD packages: each fault that schemas do not see is found, with its place."""

from __future__ import annotations

import pytest

from bw_tinyml.ilcd.checks import check
from bw_tinyml.ilcd.findings import RULES, PackageFindings
from bw_tinyml.ilcd.package import package_of

from ..ilcd_faults import INCINERATION, MUTATIONS, Change, negative_waste
from ..ilcd_packages import Documents, made, path_of


@pytest.fixture
def documents() -> Documents:
    return made()


def checked(documents: Documents) -> PackageFindings:
    return check(package_of("mini.zip", documents.items()))


def test_our_own_package_has_no_fault(documents: Documents) -> None:
    assert list(checked(documents)) == []


@pytest.mark.parametrize(
    ("change", "code", "severity"), MUTATIONS, ids=[m[0].__name__ for m in MUTATIONS]
)
def test_fault_is_found(documents: Documents, change: Change, code: str, severity: str) -> None:
    change(documents)
    found = [f for f in checked(documents) if f.code == code]
    assert found
    assert {f.severity for f in found} == {severity}
    for finding in found:
        assert finding.file in documents
        assert finding.message and finding.fix


def test_every_rule_has_a_mutation() -> None:
    assert {code for _, code, _ in MUTATIONS} == set(RULES)


def test_place_names_file_line_and_element(documents: Documents) -> None:
    negative_waste(documents)
    finding = next(f for f in checked(documents) if f.code == "waste-sign")
    path = path_of(documents, "processes", *INCINERATION)
    lines = documents[path].decode().splitlines()
    assert finding.place == f"{path}:{finding.line} <resultingAmount>"
    assert "<exchange " in lines[finding.line - 1]
