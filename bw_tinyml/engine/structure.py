"""Who supplies whom: an order in which cycles are few, and the parts of a system.

Scores flow from suppliers to users. Where nobody supplies himself, one pass in the order suppliers
first is the solution. What stands in cycles (strongly connected components) is ordered so that few
links point backwards, with the heuristic of Eades, Lin and Smyth (1993, A fast and effective
heuristic for the feedback arc set problem); only these links make iteration necessary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components

from bw_tinyml.engine.kernels import jit


@dataclass(frozen=True)
class Order:
    """An order of activities, suppliers first as far as cycles allow.

    Attributes
    ----------
    sequence
        Places of the activities in that order.
    segments
        Starts of segments, and the end; a segment is a strongly connected component, or a run of
        activities that are in no cycle.
    cyclic
        For each segment, whether it is a component with cycles.
    """

    sequence: np.ndarray
    segments: np.ndarray
    cyclic: np.ndarray


def order(technosphere: sp.csr_matrix) -> Order:
    """Return an order of the activities of a system.

    Parameters
    ----------
    technosphere
        ``A^T``, activities x products.
    """
    n = technosphere.shape[0]
    links = _links(technosphere)
    count, label = connected_components(links, directed=True, connection="strong")
    rank = _topological(links, label, count)
    sizes = np.bincount(label, minlength=count)
    sequence = np.argsort(rank[label], kind="stable")
    ordered_sizes = sizes[np.argsort(rank)]
    starts = np.concatenate([[0], np.cumsum(ordered_sizes)])
    for component in np.flatnonzero(ordered_sizes > 2):
        members = sequence[starts[component] : starts[component + 1]]
        inner = links[members][:, members]
        sequence[starts[component] : starts[component + 1]] = members[_few_backward(inner)]
    cyclic = ordered_sizes > 1
    # Runs of components of one activity make one segment.
    opens = np.ones(count, dtype=bool)
    opens[1:] = cyclic[1:] | cyclic[:-1]
    segments = np.concatenate([starts[:-1][opens], [n]])
    return Order(sequence, segments, cyclic[opens])


def restrict(found: Order, keep: np.ndarray) -> Order:
    """Return an order of a part of a system that supplies itself.

    Parameters
    ----------
    keep
        Places of the part, ascending; the new places are the places in this array.
    """
    new = np.full(found.sequence.size, -1, dtype=np.int64)
    new[keep] = np.arange(keep.size)
    sequence = new[found.sequence]
    kept = sequence >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[found.segments]
    filled = np.diff(ends) > 0
    segments = np.concatenate([ends[:-1][filled], [keep.size]])
    return Order(sequence[kept], segments, found.cyclic[filled])


def suppliers(technosphere: sp.csr_matrix, start: np.ndarray) -> np.ndarray:
    """Return the places of all that some activities depend on, themselves included, ascending."""
    n = technosphere.shape[0]
    if start.size == 0:
        return start
    # One more node that uses all the starts makes one search of many.
    extra = sp.csr_matrix(
        (np.ones(start.size), start.astype(np.int32), [0, start.size]), shape=(1, n)
    )
    graph = sp.vstack([sp.csr_matrix((technosphere != 0).astype(float)), extra], format="csr")
    graph.resize((n + 1, n + 1))
    reached = breadth_first_order(graph, n, directed=True, return_predecessors=False)
    return np.sort(reached[reached < n])


def _links(technosphere: sp.csr_matrix) -> sp.csr_matrix:
    """Return the graph user -> supplier, without loops of one activity to itself."""
    links = technosphere.tocoo()
    keep = (links.row != links.col) & (links.data != 0)
    values = np.ones(np.count_nonzero(keep))
    return sp.csr_matrix((values, (links.row[keep], links.col[keep])), shape=technosphere.shape)


def _topological(links: sp.csr_matrix, label: np.ndarray, count: int) -> np.ndarray:
    """Return the rank of each component, suppliers first."""
    edges = links.tocoo()
    user, supplier = label[edges.row], label[edges.col]
    across = user != supplier
    user, supplier = user[across], supplier[across]
    own = np.arange(count)
    # SciPy numbers the components along the links, although it does not promise so.
    if (supplier < user).all():
        return own
    if (supplier > user).all():
        return own[::-1]
    level = np.zeros(count, dtype=np.int64)
    while True:  # longest way from a component without suppliers
        higher = level.copy()
        np.maximum.at(higher, user, level[supplier] + 1)
        if (higher == level).all():
            break
        level = higher
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(level, kind="stable")] = own
    return rank


def _few_backward(links: sp.csr_matrix) -> np.ndarray:
    """Return an order of a component in which few links user -> supplier point ahead."""
    transposed = links.T.tocsr()
    forward = (links.indptr, links.indices)
    backward = (transposed.indptr, transposed.indices)
    return np.asarray(_eades(*forward, *backward, np.int64(links.shape[0])))


@jit
def _eades(  # noqa: PLR0912, PLR0915  (a call per step would cost more than the step)
    to_start: np.ndarray,
    to: np.ndarray,
    from_start: np.ndarray,
    of: np.ndarray,
    n: int,
) -> np.ndarray:
    """Eades-Lin-Smyth: who only supplies goes to the front, who only uses to the end.

    Of those in between, the one with most users in relation to its suppliers goes to the front.
    Buckets of linked lists by that difference make it linear in the number of links.
    """
    suppliers_left = to_start[1:] - to_start[:-1]
    users_left = from_start[1:] - from_start[:-1]
    # buckets: 0 = no suppliers, 1 = no users, others by users - suppliers (clipped)
    width = 512
    buckets = 2 * width + 3
    head = np.full(buckets, -1, dtype=np.int64)
    following = np.full(n, -1, dtype=np.int64)
    before = np.full(n, -1, dtype=np.int64)
    where = np.full(n, -1, dtype=np.int64)
    placed = np.zeros(n, dtype=np.bool_)
    front, back = 0, n - 1
    result = np.empty(n, dtype=np.int64)
    touched = np.arange(n)
    top = buckets - 1
    taken = 0
    current = -1
    while True:
        # put what changed into its bucket
        if current >= 0:
            a0, a1 = to_start[current], to_start[current + 1]
            b0, b1 = from_start[current], from_start[current + 1]
            amount = (a1 - a0) + (b1 - b0)
        else:
            a0, a1, b0, b1 = 0, 0, 0, 0
            amount = n
        for t in range(amount):
            if current < 0:
                v = touched[t]
            elif t < a1 - a0:
                v = to[a0 + t]
                users_left[v] -= 1
            else:
                v = of[b0 + t - (a1 - a0)]
                suppliers_left[v] -= 1
            if placed[v]:
                continue
            if where[v] >= 0:
                if before[v] >= 0:
                    following[before[v]] = following[v]
                else:
                    head[where[v]] = following[v]
                if following[v] >= 0:
                    before[following[v]] = before[v]
            if suppliers_left[v] == 0:
                bucket = 0
            elif users_left[v] == 0:
                bucket = 1
            else:
                bucket = 2 + width + min(max(users_left[v] - suppliers_left[v], -width), width)
                top = max(top, bucket)
            where[v] = bucket
            before[v] = -1
            following[v] = head[bucket]
            if head[bucket] >= 0:
                before[head[bucket]] = v
            head[bucket] = v
        if taken == n:
            break
        if head[0] >= 0:
            current = head[0]
            at_end = False
        elif head[1] >= 0:
            current = head[1]
            at_end = True
        else:
            while head[top] < 0:
                top -= 1
            current = head[top]
            at_end = False
        bucket = where[current]
        head[bucket] = following[current]
        if following[current] >= 0:
            before[following[current]] = -1
        placed[current] = True
        taken += 1
        if at_end:
            result[back] = current
            back -= 1
        else:
            result[front] = current
            front += 1
    return result
