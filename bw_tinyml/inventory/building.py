"""From rows to parameters and datasets: cells become numbers, recipes become families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bw_tinyml.errors import FormulaError, UnitError
from bw_tinyml.inventory.findings import Report
from bw_tinyml.inventory.formulas import Formula, as_number_or_formula
from bw_tinyml.inventory.model import Dataset, Exchange, Parameter, Provenance
from bw_tinyml.inventory.recipes import Variant, VariantSet, item_suffix, set_names, variants
from bw_tinyml.inventory.tables import Row
from bw_tinyml.inventory.uncertainty import (
    Distribution,
    UncertaintyFactors,
    distribution,
    pedigree_scores,
)
from bw_tinyml.units import unit_name

#: item of a row that stands for all items of its set
ALL_ITEMS = "*"
#: how often a text of an item may lead to another one of the same item
_NESTED_TEXTS = 3

Topics = Mapping[str, Mapping[str, list[Row]]]


class Builder:
    """Makes the parameters and datasets of one database out of the rows of its topics.

    Parameters
    ----------
    database
        Name of the database.
    topics
        Rows by topic folder and table.
    factors
        Uncertainty factors.
    report
        Receives the faults.
    """

    def __init__(
        self, database: str, topics: Topics, factors: UncertaintyFactors, report: Report
    ) -> None:
        self.database = database
        self.topics = topics
        self.factors = factors
        self.report = report
        self.sets = self._sets()

    # --- sets and parameters

    def _sets(self) -> dict[str, VariantSet]:
        sets: dict[str, VariantSet] = {}
        for row, item in self._variant_rows():
            found = sets.setdefault(row["set"], VariantSet(row["set"]))
            found.add_item(item)
            if row["text"]:
                found.texts[item, row["parameter"]] = row["text"]
            elif row["amount"]:
                found.parameters.add(row["parameter"])
        for row, item in self._variant_rows():
            if "{" in row["text"]:  # texts of a set may use other texts of the same item
                filled = self._own_texts(row, item, row["text"], sets)
                sets[row["set"]].texts[item, row["parameter"]] = filled
        return sets

    def _own_texts(
        self,
        row: Row,
        item: str,
        text: str,
        sets: Mapping[str, VariantSet],
        as_name: bool = False,
    ) -> str:
        """Fill the texts of an item into a cell of the same item, in up to three steps."""
        variant = Variant({row["set"]: item}, sets)
        try:
            for _ in range(_NESTED_TEXTS):
                if "{" in text:
                    text = variant.fill(text, as_name)
        except KeyError as error:
            self._placeholder(row, error)
        return text

    def parameters(self) -> dict[str, Parameter]:
        """Return the parameters by name: those of the topics, and those of the sets' items."""
        found: dict[str, Parameter] = {}
        for row in self._rows("parameters"):
            self._add_parameter(found, row, row["parameter"], row["description"], {})
        for row, item in self._variant_rows():
            if row["amount"]:
                names = Variant({row["set"]: item}, self.sets).names
                name = f"{row['parameter']}_{item_suffix(item)}"
                description = f"{row['parameter']} of {row['set']} {item}"
                amount = self._own_texts(row, item, row["amount"], self.sets, as_name=True)
                self._add_parameter(found, row, name, description, names, amount)
        self._check_complete()
        return found

    def _add_parameter(
        self,
        found: dict[str, Parameter],
        row: Row,
        name: str,
        description: str,
        names: Mapping[str, str],
        amount: str | None = None,
    ) -> None:
        value = self._value(row, "amount", amount)
        if value is None:
            return
        if isinstance(value, Formula):
            value = value.renamed(names)
        if name in found:
            place = found[name].provenance
            self.report.add(
                "duplicate-row",
                row.file,
                row.line,
                f"parameter {name} is already defined in {place.file}:{place.line}",
            )
            return
        found[name] = Parameter(
            name=name,
            value=value,
            unit=row["unit"],
            description=description,
            distribution=self._distribution(row, value, self.factors.basic_factor("parameter")),
            provenance=provenance(row),
            minimum=row.number("minimum"),
            maximum=row.number("maximum"),
        )

    def _check_complete(self) -> None:
        """Every item of a set defines every parameter and text of the set."""
        defined = {(r["set"], item, r["parameter"]) for r, item in self._variant_rows()}
        first = {row["set"]: row for row in reversed(self._rows("variants"))}
        for found in self.sets.values():
            attributes = found.parameters | {attribute for _, attribute in found.texts}
            for item in found.items:
                for attribute in sorted(attributes):
                    if (found.name, item, attribute) not in defined:
                        row = first[found.name]
                        self.report.add(
                            "incomplete-variant",
                            row.file,
                            row.line,
                            f"item '{item}' of set '{found.name}' does not define '{attribute}'",
                        )

    # --- datasets

    def datasets(self) -> Iterator[Dataset]:
        """Iterate over the datasets, recipes expanded."""
        for stage, topic in self.topics.items():
            exchanges: dict[str, list[Row]] = {row["process"]: [] for row in topic["processes"]}
            for row in topic["exchanges"]:
                if row["process"] not in exchanges:
                    self.report.add(
                        "unknown-input",
                        row.file,
                        row.line,
                        f"process '{row['process']}' is not in processes.csv of this topic",
                    )
                    continue
                exchanges[row["process"]].append(row)
            for row in topic["processes"]:
                yield from self._recipe(stage, row, exchanges[row["process"]])

    def _recipe(self, stage: str, row: Row, exchanges: list[Row]) -> Iterator[Dataset]:
        unknown = [name for name in set_names(row["variants"]) if name not in self.sets]
        if unknown:
            self.report.add("unknown-set", row.file, row.line, f"set '{unknown[0]}' is not defined")
            return
        try:
            unit = unit_name(row["unit"])
        except UnitError as error:
            self.report.add("unknown-unit", row.file, row.line, error.message)
            return
        mass = self._value(row, "mass")
        prepared = [
            (exchange, value)
            for exchange in exchanges
            if (value := self._value(exchange, "amount")) is not None
        ]
        for variant in variants(row["variants"], self.sets):
            try:
                yield Dataset(
                    id=row["process"] + variant.suffix,
                    process=row["process"],
                    database=self.database,
                    stage=stage,
                    name=variant.fill(row["name"]),
                    product=variant.fill(row["product"]),
                    unit=unit,
                    location=variant.fill(row["location"]),
                    product_type=row["product_type"],  # type: ignore[arg-type]
                    role=row["role"],
                    mass=None if mass is None else variant.rename(mass),
                    balances=tuple(p.strip() for p in row["balances"].split(";") if p.strip()),
                    balance_note=row["balance_note"],
                    technology=variant.fill(row["technology"]),
                    period=row["period"],
                    comment=variant.fill(row["comment"]),
                    items=variant.items,
                    exchanges=tuple(self._exchanges(prepared, variant)),
                    file=row.file,
                    line=row.line,
                )
            except KeyError as error:
                self._placeholder(row, error)
                return

    def _exchanges(
        self, rows: list[tuple[Row, float | Formula]], variant: Variant
    ) -> Iterator[Exchange]:
        for row, value in rows:
            try:
                filled = variant.fill(row["input"])
                label = variant.fill(row["label"])
            except KeyError as error:
                self._placeholder(row, error)
                continue
            basic = self.factors.basic_factor(
                row["type"], _unit_or_blank(row["unit"]), row["compartment"], row["input"]
            )
            renamed = variant.rename(value)
            yield Exchange(
                type=row["type"],  # type: ignore[arg-type]
                input=filled,
                compartment=row["compartment"],
                flow=row["flow"],
                value=renamed,
                unit=row["unit"],
                to_product=row.number("to_product") or 0.0,
                label=label,
                distribution=self._distribution(row, renamed, basic),
                provenance=provenance(row),
            )

    def _placeholder(self, row: Row, error: KeyError) -> None:
        self.report.add(
            "unknown-placeholder",
            row.file,
            row.line,
            f"placeholder {error.args[0]} has no value for this recipe",
        )

    # --- cells

    def _variant_rows(self) -> Iterator[tuple[Row, str]]:
        """Iterate over the rows of variants and the item of each.

        A row for the item ``*`` stands for all items that have no row of their own for that
        parameter.
        """
        rows = self._rows("variants")
        own = {(row["set"], row["item"], row["parameter"]) for row in rows}
        items: dict[str, dict[str, None]] = {}
        for row in rows:
            if row["item"] != ALL_ITEMS:
                items.setdefault(row["set"], {})[row["item"]] = None
        for row in rows:
            if row["item"] != ALL_ITEMS:
                yield row, row["item"]
                continue
            for item in items.get(row["set"], {}):
                if (row["set"], item, row["parameter"]) not in own:
                    yield row, item

    def _rows(self, table: str) -> list[Row]:
        return [row for topic in self.topics.values() for row in topic[table]]

    def _value(self, row: Row, column: str, text: str | None = None) -> float | Formula | None:
        text = row[column] if text is None else text
        if not text:
            return None
        try:
            return as_number_or_formula(text)
        except FormulaError as error:
            self.report.add(error.code, row.file, row.line, f"{column}: {error.message}")
            return None

    def _distribution(self, row: Row, value: float | Formula, basic_factor: float) -> Distribution:
        """A formula gets its uncertainty from its parameters, so it has none of its own."""
        if isinstance(value, Formula) or value == 0:
            return Distribution()
        return distribution(row, self.factors, basic_factor)


def provenance(row: Row) -> Provenance:
    """Return where the number of a row comes from."""
    return Provenance(
        source=row["source"],
        page=row["page"],
        kind=row["kind"],
        pedigree=pedigree_scores(row["pedigree"]),
        proxy=row.flag("proxy"),
        remark=row["remark"],
        file=row.file,
        line=row.line,
    )


def _unit_or_blank(symbol: str) -> str:
    try:
        return unit_name(symbol)
    except UnitError:
        return ""
