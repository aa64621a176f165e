"""The rules of ``bw-tinyml check``, each with a stable code.

A code never changes its meaning; tools and suppressions may rely on it. ``docs/checks.md`` is
made from this table, and a test breaks each rule in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """One rule: how severe a breach is, why it matters and how to mend it."""

    severity: Literal["error", "warning"]
    why: str
    fix: str


def _error(why: str, fix: str) -> Rule:
    return Rule("error", why, fix)


def _warning(why: str, fix: str) -> Rule:
    return Rule("warning", why, fix)


RULES: dict[str, Rule] = {
    # --- tables
    "file-unreadable": _error(
        "A table that cannot be read cannot be checked.",
        "save it as CSV, UTF-8, separated by commas, at most 20 MB",
    ),
    "file-unexpected": _error(
        "A file that the loader does not know is data that nobody uses.",
        "name it processes.csv, exchanges.csv, parameters.csv, variants.csv or assertions.csv, or "
        "remove it",
    ),
    "missing-file": _error(
        "The inventory cannot be understood without this table.",
        "restore the file; an empty table still has its header",
    ),
    "missing-column": _error(
        "The loader reads columns by name.", "add the column; it may be empty if not required"
    ),
    "unknown-column": _error(
        "A misspelt column would be ignored in silence.", "correct the name or remove the column"
    ),
    "missing-value": _error("The row cannot be understood without it.", "fill in the cell"),
    "bad-value": _error(
        "The cell holds something that the column does not allow.", "use one of the allowed values"
    ),
    "bad-number": _error(
        "The cell must hold a number.", "write a plain number with a decimal point, such as 0.5"
    ),
    "duplicate-row": _error(
        "The same thing stated twice is counted twice, or one statement is lost.",
        "remove one row, or tell the two apart with a label",
    ),
    "datapackage-stale": _error(
        "Others validate the tables with datapackage.json; it must list every table.",
        "run `make data`",
    ),
    # --- provenance
    "unknown-source": _error(
        "A number must be traceable.", "add the source to sources.csv, or correct the key"
    ),
    "missing-source": _error(
        "A measured, literature or datasheet value without its source cannot be verified.",
        "cite a key of sources.csv, or call the value an estimate and state its rule",
    ),
    "missing-page": _error(
        "A source without the place in it cannot be verified.",
        "name the page, table, figure, file or column in the source",
    ),
    "missing-rule": _error(
        "An estimate or a calculated value must say how it was made.",
        "write the rule in the remark",
    ),
    "recalled-source": _error(
        "A source that nobody opened must not be cited as if it had been read.",
        "set kind to estimate, or find the source and set its access to read or quoted",
    ),
    # --- references between tables
    "unknown-input": _error(
        "An input without a counterpart would be cut off.",
        "use a key of keys.csv or a process of the same database",
    ),
    "unknown-set": _error(
        "The variants of the recipe are not defined.", "define it in variants.csv"
    ),
    "unknown-placeholder": _error(
        "Text in braces must name a set of the recipe, or an attribute of its item; in a "
        "functional unit, a parameter.",
        "correct the placeholder, or add the attribute to variants.csv",
    ),
    "incomplete-variant": _error(
        "Every item of a set must define every parameter of the set.",
        "add the missing row to variants.csv",
    ),
    "unknown-entry": _error(
        "A system or scenario that names something unknown would be left out in silence.",
        "correct the name, or define what it names",
    ),
    "unit-mismatch": _error(
        "An amount in the wrong unit is silently wrong by orders of magnitude.",
        "give the amount in a unit that measures what the input or flow is counted in",
    ),
    "unknown-unit": _error("Only known units can be converted.", "use a symbol listed in the docs"),
    "key-unresolved": _error(
        "A key without a provider would cut the system off without notice.",
        "add a row for the key to the link table",
    ),
    "key-without-link": _warning(
        "A key without a row cannot be linked to a background of the user.",
        "add a row to the link table: an activity, or the dataset of ours that answers the key",
    ),
    "link-unused": _warning(
        "A link for a key that does not exist is never used; the key may be misspelt.",
        "correct the key, or remove the row",
    ),
    "link-invalid": _error(
        "A link must lead to a process that exists, with a factor that fits its unit.",
        "correct the provider or the factor",
    ),
    # --- formulas and numbers
    "formula-not-allowed": _error(
        "Only arithmetic is evaluated; anything else could run code.",
        "use numbers, parameter names, + - * / ** ( ) and min max sqrt exp log only",
    ),
    "formula-unknown-name": _error(
        "The formula uses a name that is not a parameter.",
        "define the parameter, or correct the spelling",
    ),
    "formula-cycle": _error(
        "Parameters that depend on each other in a circle have no value.", "break the circle"
    ),
    "not-finite": _error(
        "A result that is not finite spoils every score.",
        "look for a division by zero, log or sqrt of a negative number, or an overflow",
    ),
    "reserved-name": _error(
        "Brightway's formula interpreter has a built-in of that name.", "rename the parameter"
    ),
    "implausible-value": _warning(
        "The value lies outside of the range stated beside it.", "correct the value or the range"
    ),
    # --- uncertainty
    "uncertainty-missing": _error(
        "A number about the world without uncertainty is claimed to be exact.",
        "give a pedigree or a gsd or minimum and maximum, or distribution = none with a remark",
    ),
    "uncertainty-conflict": _error(
        "Two statements of uncertainty for one number contradict each other.", "keep one"
    ),
    "uncertainty-range": _error(
        "The stated uncertainty is not possible.",
        "pedigree: five scores 1-5; gsd > 1; minimum <= amount <= maximum; lognormal needs a "
        "non-zero amount",
    ),
    "uncertainty-cut": _warning(
        "A range that cuts off most of a lognormal says more about the number than its spread.",
        "leave the gsd empty, so that the range gives a triangular, or correct one of the two",
    ),
    "uncertainty-on-formula": _error(
        "A formula gets its uncertainty from its parameters; a second one would not move with "
        "them in Monte Carlo.",
        "leave pedigree, gsd, minimum and maximum empty and put them on the parameters",
    ),
    # --- elementary flows
    "flow-unknown": _error(
        "The UUID is not an elementary flow of the biosphere.",
        "search it with `bw-tinyml flows NAME`",
    ),
    "flow-mismatch": _error(
        "UUID, name and compartment must describe one flow; the compartment decides the impact.",
        "copy all three from `bw-tinyml flows NAME`",
    ),
    "flow-deprecated": _error(
        "Flows of the lower stratosphere and ores by grade were dropped from ecoinvent 3.10.",
        "use another compartment, or the plain metal in ground",
    ),
    "flow-uncharacterised": _warning(
        "None of the default methods has a factor for this flow, so it never counts.",
        "use the flow and compartment that the methods know, or say in the remark why not",
    ),
    # --- datasets
    "duplicate-name": _error(
        "Two datasets with one name, product and location cannot be told apart when linking.",
        "make the name, product or location differ",
    ),
    "name-clash": _error(
        "A process and a key of one name cannot be told apart.", "rename the process"
    ),
    "bad-name": _error(
        "Spreadsheets and Brightway turn such text into something else.",
        "start names with a lower-case letter; no '::', '=', '+', '-' or '@' in front, and not "
        "a number",
    ),
    "bad-location": _error(
        "Brightway evaluates a location that contains '(' as code, and links need known codes.",
        "use a code of locations.csv",
    ),
    "no-exchanges": _error("A dataset without exchanges has no impact.", "add its exchanges"),
    "no-industry": _error(
        "Tools that list datasets by industry, such as Activity Browser, would not show it.",
        "add a row for its stage, or for the process, to industries.csv",
    ),
    # --- balances and plausibility
    "mass-balance": _error(
        "What a product is made of must weigh what the product weighs.",
        "correct the amounts or the to_product shares, or state the reason in balance_note",
    ),
    "element-balance": _error(
        "What goes in must come out.",
        "correct the amounts or composition.csv, or state the reason in balance_note",
    ),
    "balance-missing": _error(
        "A process that makes or takes apart something material must be balanced.",
        "write `mass` (or an element) in balances, or the reason why not in balance_note",
    ),
    "assertion-failed": _error(
        "The topic states a relation between its own numbers (such as shares that sum to 1), and "
        "the numbers do not keep it.",
        "correct the numbers or the assertion",
    ),
    "band-outside": _warning(
        "The score lies outside of the band of published results, and nothing explains it.",
        "look for a wrong unit or a missing flow; if the score is right, widen the band with a "
        "source, or explain it in a remark that starts with 'Miss:'",
    ),
    "no-elementary-flows": _error(
        "A process that takes and emits nothing, nor do its inputs, has no impact at all.",
        "add its resources and emissions, or the inputs that it has",
    ),
    "energy-created": _warning(
        "An energy carrier with less primary energy behind it than it holds has an efficiency "
        "above 1, or its fuel is missing.",
        "correct the efficiency, or record the fuel or the energy taken from nature",
    ),
    "negative-score": _warning(
        "A score below zero is a credit; where nothing is credited it is a slip.",
        "correct the amounts, or explain in the comment why the score is negative",
    ),
    "category-empty": _warning(
        "Every good and service of a market has some impact in every category; a zero is a gap.",
        "look for what is missing: ores, land, water, infrastructure, electricity",
    ),
    # --- what nobody uses
    "orphan-process": _warning(
        "Nothing uses the process and it is not marked as an end product.",
        "use it, set role to `end product`, or remove it",
    ),
    "orphan-parameter": _warning("No formula uses the parameter.", "use it or remove it"),
    "orphan-source": _warning("No row cites the source.", "cite it or remove it"),
    "orphan-key": _warning(
        "No exchange uses the key, and another key names the same process.", "use it or remove it"
    ),
}
