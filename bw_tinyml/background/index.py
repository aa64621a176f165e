"""An index of the activities of a database: found by name, product and location."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bw_tinyml.background.providers import Activity
from bw_tinyml.errors import LinkError
from bw_tinyml.suggestions import nearest_names

#: name, reference product, location
Label = tuple[str, str, str]


class ActivityIndex:
    """The activities of one database.

    Parameters
    ----------
    database
        Name of the database.
    entries
        Label and code of each activity.
    details
        Returns the unit and the amount of the production exchange of the activity with a code;
        asked only for activities that are linked to.
    """

    def __init__(
        self,
        database: str,
        entries: Iterable[tuple[Label, str]],
        details: Callable[[str], tuple[str, float]],
    ) -> None:
        self.database = database
        self._codes: dict[Label, str] = {}
        self._ambiguous: set[Label] = set()
        for label, code in entries:
            if label in self._codes:
                self._ambiguous.add(label)
            self._codes[label] = code
        self._details = details

    def __len__(self) -> int:
        return len(self._codes)

    def __contains__(self, label: Label) -> bool:
        return label in self._codes

    def __iter__(self) -> Iterator[Label]:
        return iter(self._codes)

    def find(self, name: str, product: str, location: str) -> Activity | None:
        """Return the activity of that label.

        Raises
        ------
        LinkError
            The database has it twice.
        """
        label = name, product, location
        code = self._codes.get(label)
        if code is None:
            return None
        if label in self._ambiguous:
            raise LinkError(
                f"database '{self.database}' has '{' | '.join(label)}' more than once",
                "remove the copies, or name another activity with --link",
            )
        unit, production = self._details(code)
        return Activity(self.database, code, name, product, location, unit, production)

    def nearest(self, name: str, product: str, count: int = 3) -> list[str]:
        """Return labels near to a name and product, best first.

        Only names that share a word with the product are compared: there are many.
        """
        same = [label for label in self._codes if label[:2] == (name, product)]
        if same:
            return [" | ".join(label) for label in sorted(same)[:count]]
        words = sorted({w for w in product.replace(",", " ").split() if len(w) > 3}, key=len)
        names: dict[str, Label] = {}
        for word in reversed(words):
            names |= {label[0]: label for label in self._codes if word in label[0]}
            if len(names) >= count:
                break
        names = names or {label[0]: label for label in self._codes}
        found = nearest_names(name, names, count) or sorted(names, key=len)[:count]
        return [" | ".join(names[n]) for n in found]
