"""Scores of systems from the foreground alone, over unit scores of all that it takes from outside.

The foreground (the databases that describe devices and systems) never supplies the background, so
the technosphere is block triangular. With the scores ``Q`` of one unit of each product and
elementary flow that the foreground takes from outside,

    x_i = (f_i - sum_j A_ij x_j) / A_ii    in an order in which users come before suppliers,
    score = Q^T U x,

where ``U`` holds the amounts from outside. All samples are calculated at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
import scipy.sparse as sp

from bw_tinyml.errors import ProjectError
from bw_tinyml.impact.model import Model
from bw_tinyml.impact.solving import SINGULAR_SAMPLE


class Foreground:
    """The exchanges of the foreground, in the order of calculation.

    Parameters
    ----------
    model
        A model that holds all products that will be demanded.
    database
        The foreground database.
    """

    def __init__(self, model: Model, database: str) -> None:
        self.model = model
        own = [e for e, x in enumerate(model.exchanges) if x.database == database]
        nodes = list(dict.fromkeys(model.exchanges[e].column for e in own))
        self.index = {node: i for i, node in enumerate(nodes)}
        self._check_direction()
        #: node ids of products and flows that the foreground takes from outside
        self.outside = list(
            dict.fromkeys(
                model.exchanges[e].row for e in own if model.exchanges[e].row not in self.index
            )
        )
        self._outside_row = {node: i for i, node in enumerate(self.outside)}
        self._inner: list[list[tuple[int, int, float]]] = [[] for _ in nodes]
        self._outer: list[list[tuple[int, int, float]]] = [[] for _ in nodes]
        for e in own:
            exchange = model.exchanges[e]
            column = self.index[exchange.column]
            if exchange.row in self.index and exchange.kind == "technosphere":
                row = self.index[exchange.row]
                self._inner[column].append((e, row, exchange.sign))
            else:
                sign = 1.0 if exchange.kind == "biosphere" else -exchange.sign
                self._outer[column].append((e, self._outside_row[exchange.row], sign))
        self._groups = self._ordered_groups()

    def _check_direction(self) -> None:
        for exchange in self.model.exchanges:
            if exchange.row in self.index and exchange.column not in self.index:
                raise ProjectError(
                    f"'{exchange.database}' takes '{exchange.label}' of the foreground",
                    "a background must not depend on what is calculated with it",
                )

    def _ordered_groups(self) -> list[list[int]]:
        """Datasets that supply each other in a circle together, users before suppliers."""
        size = len(self.index)
        pairs = [(column, row) for column in range(size) for _, row, _ in self._inner[column]]
        columns, rows = zip(*pairs, strict=True) if pairs else ((), ())
        graph = sp.csr_matrix((np.ones(len(pairs)), (columns, rows)), shape=(size, size))
        _, label = sp.csgraph.connected_components(graph, directed=True, connection="strong")
        members: dict[int, list[int]] = {}
        for node, group in enumerate(label.tolist()):
            members.setdefault(group, []).append(node)
        users: dict[int, set[int]] = {group: set() for group in members}
        for column, row in pairs:
            if label[column] != label[row]:
                users[int(label[row])].add(int(label[column]))
        return [members[group] for group in TopologicalSorter(users).static_order()]

    def taken(self, amounts: Sequence[Any], products: Sequence[int], size: int) -> np.ndarray:
        """Return what some products take from outside.

        Parameters
        ----------
        amounts
            Amount of each exchange of the model: a number, or an array of shape (size,).
        products
            Node ids of the demanded products, one unit each.
        size
            Number of samples.

        Returns
        -------
        numpy.ndarray
            Amounts from outside, shape (products, size, outside).
        """
        need = np.zeros((len(self.index), len(products), size))
        for k, product in enumerate(products):
            need[self.index[product], k] = 1.0
        taken = np.zeros((len(self.outside), len(products), size))
        for group in self._groups:
            if not np.any(need[group]):
                continue
            self._solve(group, amounts, need)
            for node in group:
                supply = need[node]
                for e, row, sign in self._inner[node]:
                    if row not in group:
                        need[row] -= (sign * amounts[e]) * supply
                for e, row, sign in self._outer[node]:
                    taken[row] += (sign * amounts[e]) * supply
        return np.ascontiguousarray(taken.transpose(1, 2, 0))

    def parts(self, node: int) -> tuple[list[tuple[int, int, float]], list[tuple[int, int, float]]]:
        """Return the exchanges of a dataset with the foreground, and with the outside.

        Each as place in the model, place of the product (or of what comes from outside) and sign.
        """
        return self._inner[node], self._outer[node]

    @property
    def groups(self) -> list[list[int]]:
        """Datasets that supply each other in a circle together, users before suppliers."""
        return self._groups

    def _solve(self, group: Sequence[int], amounts: Sequence[Any], need: np.ndarray) -> None:
        """Turn what is needed of a group's products into how much of its datasets runs."""
        size = need.shape[2]
        place = {node: i for i, node in enumerate(group)}
        matrix = np.zeros((size, len(group), len(group)))
        for node in group:
            for e, row, sign in self._inner[node]:
                if row in place:
                    matrix[:, place[row], place[node]] += sign * amounts[e]
        singular = False
        if len(group) == 1:
            singular = not np.all(matrix)
            if not singular:
                need[group[0]] /= matrix[:, 0, 0]
        else:
            try:
                solved = np.linalg.solve(matrix, need[group].transpose(2, 0, 1))
                need[group] = solved.transpose(1, 2, 0)
            except np.linalg.LinAlgError:
                singular = True
        if singular:
            raise ProjectError(*SINGULAR_SAMPLE)
