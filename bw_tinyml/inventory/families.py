"""Families of LCIA methods and their headline categories, as listed in ``methods.csv``.

Names differ between projects: bw2io's bundled methods have three parts, those of
``import_ecoinvent_release`` a leading ``ecoinvent-3.x``, and indicators are renamed between
releases. So a method is recognised by family and category.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bw_tinyml.errors import NotFoundError
from bw_tinyml.inventory.model import Inventory
from bw_tinyml.suggestions import nearest

Method = tuple[str, ...]
#: how the bundled methods mark a family without long-term emissions, in each part of the name
NO_LONG_TERM = " no LT"


@dataclass(frozen=True)
class Category:
    """A headline category of a family.

    Attributes
    ----------
    family, category, indicator
        Parts of the method's name; an empty indicator matches any.
    label
        Short label for tables and figures.
    """

    family: str
    category: str
    indicator: str
    label: str
    remark: str = ""

    def without_long_term(self) -> Category:
        """Return the same category without emissions beyond 100 years."""
        indicator = self.indicator + NO_LONG_TERM if self.indicator else ""
        return replace(
            self,
            family=self.family + NO_LONG_TERM,
            category=self.category + NO_LONG_TERM,
            indicator=indicator,
        )

    def matches(self, method: Sequence[str]) -> bool:
        """Return whether a method (3 or 4 parts) is this category."""
        parts = tuple(method[-3:])
        return (
            len(parts) == 3
            and parts[0] == self.family
            and parts[1] == self.category
            and self.indicator in ("", parts[2])
        )


def categories(inventory: Inventory, family: str) -> list[Category]:
    """Return the headline categories of a family.

    A family without long-term emissions (``EF v3.1 no LT``) has the categories of its base.

    Raises
    ------
    NotFoundError
        The family is not listed.
    """
    found = [
        Category(r["family"], r["category"], r["indicator"], r["label"], r["remark"])
        for r in inventory.tables["methods"]
        if r["family"].lower() == family.lower()
    ]
    base = family.removesuffix(NO_LONG_TERM)
    if base != family:
        return [category.without_long_term() for category in categories(inventory, base)]
    if not found:
        known = families(inventory)
        raise NotFoundError(
            f"method family '{family}' is not known{nearest(family, known)}",
            f"use one of: {', '.join(known)}",
        )
    return found


def families(inventory: Inventory, default_only: bool = False) -> list[str]:
    """Return the families in the order of the table."""
    rows = inventory.tables["methods"]
    return list(dict.fromkeys(r["family"] for r in rows if r.flag("default") or not default_only))


def pick(category: Category, methods: Iterable[Method]) -> Method | None:
    """Return the method that is a category: the shortest, then first name that matches."""
    found = [method for method in methods if category.matches(method)]
    return min(found, key=lambda m: (len(m), m)) if found else None
