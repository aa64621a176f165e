"""Recipes: one description and a table of parameter values become a family of datasets.

A recipe names the sets that it spans (``node * site``). For each combination of items it is
copied once: placeholders in texts (``{site}``, ``{chip.node}``) are filled in, and names in
formulas that are parameters of a set get the item appended (``masks`` becomes ``masks_40nm``), so
that each value is a database parameter of its own and stays alive in Brightway.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bw_tinyml.inventory.formulas import Formula

#: ``{set}`` or ``{set.text}``
PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


@lru_cache(maxsize=10_000)
def item_suffix(item: str) -> str:
    """Return an item as part of a parameter's name: ``"40 nm"`` -> ``"40nm"``."""
    return re.sub(r"\W", "", item)


@dataclass
class VariantSet:
    """A dimension of recipes: items, with the parameters and texts of each."""

    name: str
    items: list[str] = field(default_factory=list)
    parameters: set[str] = field(default_factory=set)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def add_item(self, item: str) -> None:
        """Add an item, keeping the order of the table."""
        if item not in self.items:
            self.items.append(item)


@dataclass(frozen=True)
class Variant:
    """One combination of items: what fills placeholders and renames parameters."""

    items: Mapping[str, str]
    sets: Mapping[str, VariantSet]

    @property
    def suffix(self) -> str:
        """What is appended to the recipe's identifier: ``"/40 nm/TW"``."""
        return "".join(f"/{item}" for item in self.items.values())

    def fill(self, text: str, as_name: bool = False) -> str:
        """Return a text with its placeholders filled in.

        Parameters
        ----------
        text
            The text; placeholders are ``{set}`` and ``{set.text}``.
        as_name
            Fill in for a formula: as the ends of names of parameters, so that
            ``mask_layers_{chip.node}`` becomes ``mask_layers_40nm``.

        Raises
        ------
        KeyError
            A placeholder names no set of the recipe, or no text of the item.
        """

        def replace(match: re.Match[str]) -> str:
            set_name, attribute = match.groups()
            if set_name not in self.items:
                raise KeyError(match.group())
            item = self.items[set_name]
            try:
                found = self.sets[set_name].texts[item, attribute] if attribute else item
            except KeyError:
                raise KeyError(match.group()) from None
            return item_suffix(found) if as_name else found

        return PLACEHOLDER.sub(replace, text)

    @cached_property
    def names(self) -> dict[str, str]:
        """How parameters of the sets are called for these items."""
        return {
            parameter: f"{parameter}_{item_suffix(item)}"
            for set_name, item in self.items.items()
            for parameter in self.sets[set_name].parameters
        }

    def rename(self, value: float | Formula) -> float | Formula:
        """Return a number as it is, and a formula with the parameters of these items."""
        return value.renamed(self.names) if isinstance(value, Formula) else value


def set_names(text: str) -> list[str]:
    """Return the sets of a cell such as ``"node * site"``."""
    return [name.strip() for name in text.split("*") if name.strip()]


def variants(text: str, sets: Mapping[str, VariantSet]) -> Iterator[Variant]:
    """Iterate over the combinations of items that a recipe spans; one, if it spans no set.

    Raises
    ------
    KeyError
        A set is not defined.
    """
    names = set_names(text)
    for items in itertools.product(*(sets[name].items for name in names)):
        yield Variant(dict(zip(names, items, strict=True)), sets)
