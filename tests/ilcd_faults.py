"""Faults of ILCD packages that schemas do not see: one change of our small package for each."""

from __future__ import annotations

from collections.abc import Callable

from .ilcd_packages import COPPER, Documents, edit, path_of

Change = Callable[[Documents], None]
INCINERATION = ('<baseName xml:lang="en">treatment of waste, incineration<',)
WASTE_FLOW = (">waste, treated<",)
ELECTRICITY_DE = ('<baseName xml:lang="en">electricity production', ">DE<")


def kwh_number_as_mj(documents: Documents) -> None:
    """The reference flow of 1 kWh, written as 1 MJ."""
    path = path_of(documents, "processes", *ELECTRICITY_DE)
    edit(documents, path, r"<meanAmount>3\.6</meanAmount>", "<meanAmount>1.0</meanAmount>")
    edit(documents, path, r"<resultingAmount>3\.6<", "<resultingAmount>1.0<")


def wrong_property(documents: Documents) -> None:
    """Electricity counted as a mass."""
    path = path_of(documents, "flows", ">electricity, medium voltage<", ">DE<")
    edit(documents, path, "93a60a56-a3c8-11da-a746-0800200c9a66",
         "93a60a56-a3c8-11da-a746-0800200b9a66", 2)  # fmt: skip


def negative_waste(documents: Documents) -> None:
    """Brightway's way: the treatment delivers minus one kilogram of waste."""
    path = path_of(documents, "processes", *INCINERATION)
    edit(documents, path, "<meanAmount>1.0<", "<meanAmount>-1.0<")
    edit(documents, path, "<resultingAmount>1.0<", "<resultingAmount>-1.0<")


def negative_waste_input(documents: Documents) -> None:
    """Brightway's way: a process that makes waste takes a negative input of it."""
    add_waste(documents, "Input", -0.5)


def credit_for_waste(documents: Documents) -> None:
    add_waste(documents, "Output", -0.5)


def add_waste(documents: Documents, direction: str, amount: float) -> None:
    uuid = path_of(documents, "flows", *WASTE_FLOW).split("/")[2][:36]
    path = path_of(documents, "processes", *COPPER)
    edit(
        documents,
        path,
        "</exchanges>",
        f'<exchange dataSetInternalID="60"><referenceToFlowDataSet type="flow data set" '
        f'refObjectId="{uuid}"/><exchangeDirection>{direction}</exchangeDirection>'
        f"<meanAmount>{amount}</meanAmount></exchange></exchanges>",
    )


def waste_as_product(documents: Documents) -> None:
    path = path_of(documents, "flows", *WASTE_FLOW)
    edit(documents, path, ">Waste flow<", ">Product flow<")


def product_as_elementary(documents: Documents) -> None:
    path = path_of(documents, "flows", ">copper, cathode<")
    edit(documents, path, ">Product flow<", ">Elementary flow<")


def no_flow_type(documents: Documents) -> None:
    path = path_of(documents, "flows", ">copper, cathode<")
    edit(documents, path, r"<LCIMethod>.*?</LCIMethod>", "")


def missing_flow(documents: Documents) -> None:
    del documents[path_of(documents, "flows", ">copper, cathode<")]


def missing_format_source(documents: Documents) -> None:
    del documents[path_of(documents, "sources", ">ILCD data format 1.1<")]


def missing_property(documents: Documents) -> None:
    del documents[path_of(documents, "flowproperties", ">Area<")]


def missing_unit_group(documents: Documents) -> None:
    del documents[path_of(documents, "unitgroups", ">Units of area<")]


def property_value(documents: Documents) -> None:
    path = path_of(documents, "flows", ">electricity, medium voltage<", ">DE<")
    edit(documents, path, "<meanValue>1.0<", "<meanValue>3.6<")


def no_reference_property(documents: Documents) -> None:
    path = path_of(documents, "flows", ">copper, cathode<")
    edit(documents, path, r"<quantitativeReference>.*?</quantitativeReference>", "")


def reference_unit_value(documents: Documents) -> None:
    path = path_of(documents, "unitgroups", ">Units of energy<")
    edit(documents, path, "<meanValue>1.0<", "<meanValue>2.0<")


def upper_case(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, r'refObjectId="([0-9a-f-]+)"',
         lambda m: f'refObjectId="{m.group(1).upper()}"')  # type: ignore[arg-type]  # fmt: skip


def upper_case_own(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, r"<common:UUID>([0-9a-f-]+)<",
         lambda m: f"<common:UUID>{m.group(1).upper()}<")  # type: ignore[arg-type]  # fmt: skip


def no_reference_flow(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, r"<referenceToReferenceFlow>0</referenceToReferenceFlow>", "")


def absent_reference_flow(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, "<referenceToReferenceFlow>0<", "<referenceToReferenceFlow>99<")


def zero_reference_flow(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, "<meanAmount>1.0<", "<meanAmount>0.0<")
    edit(documents, path, "<resultingAmount>1.0<", "<resultingAmount>0.0<")


def not_variable_times_mean(documents: Documents) -> None:
    path = path_of(documents, "processes", ">board production<")
    edit(documents, path, r"<resultingAmount>([\d.]+)</resultingAmount>(\s*)"
         r"(<dataDerivation)", r"<resultingAmount>9\1</resultingAmount>\2\3")  # fmt: skip


def unknown_variable(documents: Documents) -> None:
    path = path_of(documents, "processes", ">board production<")
    edit(documents, path, "<referenceToVariable>amount_1<", "<referenceToVariable>amount_77<")


def not_a_number(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, "<meanAmount>1.02<", "<meanAmount>NaN<")


def no_direction(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, "<exchangeDirection>Input</exchangeDirection>", "")


def same_exchange_id(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    edit(documents, path, 'dataSetInternalID="2"', 'dataSetInternalID="1"')


def orphan(documents: Documents) -> None:
    path = path_of(documents, "flows", ">copper, cathode<")
    uuid = "11111111-2222-3333-4444-555555555555"
    own = path.split("/")[2][:36]
    documents[path.replace(own, uuid)] = documents[path].replace(own.encode(), uuid.encode())


def wrong_file_name(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    documents["ILCD/processes/copper.xml"] = documents.pop(path)


def no_root_folder(documents: Documents) -> None:
    for path in list(documents):
        documents[path.removeprefix("ILCD/")] = documents.pop(path)


def two_versions(documents: Documents) -> None:
    path = path_of(documents, "processes", *COPPER)
    newer = documents[path].replace(b"dataSetVersion>00.01.000<", b"dataSetVersion>00.02.000<")
    assert newer != documents[path]
    documents[path.replace("00.01.000", "00.02.000")] = newer


#: change, rule that it breaks, and how much that matters
MUTATIONS: list[tuple[Change, str, str]] = [
    (kwh_number_as_mj, "unit", "error"),
    (wrong_property, "unit", "error"),
    (negative_waste, "waste-sign", "error"),
    (negative_waste_input, "waste-sign", "error"),
    (credit_for_waste, "waste-credit", "warning"),
    (waste_as_product, "flow-type", "error"),
    (product_as_elementary, "flow-type", "error"),
    (no_flow_type, "flow-type", "error"),
    (missing_flow, "dangling-flow", "error"),
    (missing_unit_group, "dangling-flow", "error"),
    (missing_property, "dangling", "warning"),
    (missing_format_source, "dangling", "warning"),
    (property_value, "reference-property", "error"),
    (no_reference_property, "reference-property", "error"),
    (reference_unit_value, "reference-unit", "error"),
    (upper_case, "uuid", "error"),
    (upper_case_own, "uuid", "error"),
    (no_reference_flow, "reference-flow", "error"),
    (absent_reference_flow, "reference-flow", "error"),
    (zero_reference_flow, "reference-flow", "error"),
    (not_variable_times_mean, "amount", "error"),
    (unknown_variable, "amount", "error"),
    (not_a_number, "amount", "error"),
    (no_direction, "direction", "error"),
    (same_exchange_id, "exchange-id", "error"),
    (orphan, "orphan", "warning"),
    (wrong_file_name, "file-name", "warning"),
    (no_root_folder, "root-folder", "warning"),
    (two_versions, "superseded", "warning"),
]
