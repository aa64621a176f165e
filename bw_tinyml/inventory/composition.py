"""What things are made of: kilograms of an element or material in one unit of something.

Contents of keys and elementary flows are data (``composition.csv``); contents of our own products
follow from their inputs and the shares of these that end up in the product. The contents of a
waste that our own datasets treat are parameters, which its rows name in a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

from bw_tinyml.errors import FormulaError
from bw_tinyml.inventory.flows import elementary_flows
from bw_tinyml.inventory.formulas import Formula, as_number_or_formula
from bw_tinyml.inventory.model import Dataset, Exchange, Inventory
from bw_tinyml.inventory.recipes import Variant
from bw_tinyml.units import conversion, unit_name

MASS = "mass"
KILOGRAM = "kilogram"


class Composition:
    """Contents of keys, elementary flows and datasets.

    Parameters
    ----------
    inventory
        The inventory; its ``composition`` table states the contents of keys and flows.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._stated = dict(_statements(inventory))
        self._cache: dict[tuple[str, str], float] = {}

    @cached_property
    def _keys(self) -> dict[str, tuple[str, bool]]:
        """Brightway unit and whether it is a waste, by key."""
        return {
            row["key"]: (unit_name(row["unit"]), row.flag("waste"))
            for row in self.inventory.tables["keys"]
        }

    @cached_property
    def _providers(self) -> dict[str, tuple[str, float]]:
        """Dataset that answers a key, and units of its product for one unit of the key."""
        return {
            row["key"]: (row["process"], float(row["factor"]))
            for row in self.inventory.tables["links"]
        }

    def stated_mass(self, dataset: Dataset) -> float | None:
        """Return the mass of one unit of a product in kg where it is known, else None.

        A service has none, even if it is counted in kilograms, as transport or moulding may be.
        """
        if dataset.product_type == "service":
            return None
        if dataset.mass is not None:
            return self.inventory.amount(dataset, dataset.mass)
        return 1.0 if dataset.unit == KILOGRAM else None

    def share(self, item: str, element: str) -> float:
        """Return kg of an element in one unit of a key, dataset or elementary flow.

        What is stated counts first. A key without statement is made of what its provider in the
        open background is made of. 0 where nothing is known.
        """
        found = self._stated.get((item, element), self._stated.get((_stem(item), element)))
        dataset = self.inventory.datasets.get(item)
        if found is not None:
            return self.evaluated(found, dataset)
        if dataset:
            stated = self.stated_mass(dataset) if element == MASS else None
            return self.contents(dataset, element) if stated is None else stated
        unit = self._keys.get(item, ("", False))[0]
        if element == MASS and unit == KILOGRAM:
            return 1.0
        provider, factor = self._providers.get(item, ("", 0.0))
        return factor * self.share(provider, element) if provider else 0.0

    def evaluated(self, share: float | Formula, dataset: Dataset | None) -> float:
        """Return a stated share: a number, or a formula with the parameters of the dataset.

        Raises
        ------
        FormulaError
            The formula names no parameter, or stands for something that is no dataset.
        """
        if not isinstance(share, Formula):
            return share
        if dataset is None:
            raise FormulaError(f"'{share.text}' stands for no dataset, so it has no parameters")
        variant = Variant(dataset.items, self.inventory.sets[dataset.database])
        return self.inventory.amount(dataset, variant.rename(share))

    def contents(self, dataset: Dataset, element: str) -> float:
        """Return kg of an element in one unit of a product, from the inputs that end up in it."""
        key = dataset.id, element
        if key not in self._cache:
            self._cache[key] = 0.0  # a loop contributes nothing to itself
            self._cache[key] = sum(
                exchange.to_product * self._amount_of(dataset, exchange, element)
                for exchange in dataset.exchanges
                if exchange.to_product
            )
        return self._cache[key]

    def through(self, dataset: Dataset, element: str) -> tuple[float, float]:
        """Return kg of an element that enter and leave a process per unit of its product.

        Wastes sent to treatment, emissions and recovered materials leave; so does the product,
        except that of a waste treatment, which is the waste that enters.
        """
        product = self.share(dataset.id, element) if dataset.product_type != "service" else 0.0
        into, out = (product, 0.0) if dataset.product_type == "waste" else (0.0, product)
        for exchange in dataset.exchanges:
            amount = self._amount_of(dataset, exchange, element)
            if self._leaves(exchange):
                out += amount
            else:
                into += amount
        return into, out

    def _leaves(self, exchange: Exchange) -> bool:
        if exchange.type == "biosphere":
            return exchange.compartment.split("::")[0] in ("air", "water", "soil")
        if exchange.type == "recovered":
            return True
        target = self.inventory.datasets.get(exchange.input)
        if target:
            return target.product_type == "waste"
        return self._keys.get(exchange.input, ("", False))[1]

    def _amount_of(self, dataset: Dataset, exchange: Exchange, element: str) -> float:
        """Return kg of an element in an exchange."""
        amount = self.inventory.amount(dataset, exchange.value)
        if exchange.type == "biosphere":
            unit = elementary_flows()[exchange.flow].unit if exchange.flow else KILOGRAM
            stated = self._stated.get((exchange.input, element))
            if stated is not None:
                share = self.evaluated(stated, None)
            else:
                share = 1.0 if element == MASS and unit == KILOGRAM else 0.0
        else:
            target = self.inventory.datasets.get(exchange.input)
            unit = target.unit if target else self._keys.get(exchange.input, (KILOGRAM, False))[0]
            share = self.share(exchange.input, element)
        return share * amount * conversion(exchange.unit, unit) if share else 0.0


def _statements(inventory: Inventory) -> Iterator[tuple[tuple[str, str], float | Formula]]:
    """Iterate over the rows that can be read; the others are reported by the checks."""
    for row in inventory.tables["composition"]:
        with suppress(FormulaError):
            yield (row["item"], row["element"]), as_number_or_formula(row["share"])


def _stem(item: str) -> str:
    """Key without its location, or process without its variants."""
    return item.split(" [", maxsplit=1)[0].split("/", maxsplit=1)[0]
