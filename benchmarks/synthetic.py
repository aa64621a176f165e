"""A documented, seeded database of the size and shape of ecoinvent, for measuring.

No number in it is about the world. Its *structure* follows what is documented of ecoinvent 3.9 and
3.10 (docs/performance.md): products in sectors, each made by some regional producers and passed on
by markets; a block of national electricity mixes with voltages and imports; a few hub products
(transport, heat, infrastructure) that everybody buys and that close the cycles; inputs as shares
of value, so that cycles contract; waste treatments with -1 as production; popular elementary flows.
The ids are shuffled, so that the order of the arrays tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

FLOWS = 4718
REGIONS_PER_ACTIVITY = 140 / 23_523
FIRST_FLOW = 1
FIRST_ACTIVITY = 1_000_000
FIRST_DATASET = 5_000_000
LOGNORMAL = 2


@dataclass(frozen=True)
class Elements:
    """Elements of a matrix: ids, amounts (never negative), turned signs, spread of the logarithm.

    ``sigma`` is 0 where a number is certain.
    """

    row: np.ndarray
    column: np.ndarray
    amount: np.ndarray
    flip: np.ndarray
    reference: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True)
class Synthetic:
    """A background, a foreground on it, and LCIA methods."""

    technosphere: Elements
    biosphere: Elements
    own_technosphere: Elements
    own_biosphere: Elements
    datasets: np.ndarray
    methods: list[tuple[np.ndarray, np.ndarray]]


def generate(
    size: int = 23_500, datasets: int = 300, inputs: int = 60, methods: int = 762, seed: int = 1
) -> Synthetic:
    """Return a database of about ``size`` activities with ``datasets`` that use it.

    Parameters
    ----------
    size
        1,000 to 50,000 activities of the background.
    datasets, inputs
        Foreground datasets, and how many different background products they use in all.
    methods
        LCIA methods; about 28 % repeat another one, as in the files that bw2io brings.
    """
    rng = np.random.default_rng(seed)
    technosphere, count = _background(rng, size)
    ids = FIRST_ACTIVITY + rng.permutation(count)
    sigma = np.where(rng.random(technosphere[0].size) < 0.8, rng.uniform(0.06, 0.4), 0.0)
    sigma = np.where(sigma > 0, rng.uniform(0.06, 0.4, sigma.size), 0.0)
    row, column, amount, flip, reference = technosphere
    sigma[reference] = 0.0
    background = Elements(ids[row], ids[column], amount, flip, reference, sigma)
    biosphere = _emissions(rng, ids, 19.3, count)
    own, own_biosphere, own_ids = _foreground(rng, ids, datasets, inputs)
    return Synthetic(background, biosphere, own, own_biosphere, own_ids, _methods(rng, methods))


def _zipf(rng: np.random.Generator, exponent: float, largest: int, size: int) -> np.ndarray:
    weights = np.arange(1, largest + 1) ** -exponent
    return 1 + rng.choice(largest, size, p=weights / weights.sum())


def _background(  # noqa: PLR0915  (one draw after the other)
    rng: np.random.Generator, size: int
) -> tuple[tuple[np.ndarray, ...], int]:
    """Return row, column, amount, flip and reference of the technosphere, and the activities."""
    regions = max(4, round(size * REGIONS_PER_ACTIVITY))
    technologies = rng.integers(6, 22, regions)
    per_region = technologies + 3
    electricity = int(per_region.sum())
    producers: list[int] = []
    markets: list[int] = []
    total = electricity
    while total < size:
        makers = int(_zipf(rng, 1.75, 45, 1)[0])
        sellers = int(rng.integers(0, 10)) if makers > 1 else 0
        producers.append(makers)
        markets.append(sellers)
        total += makers + sellers
    products = len(producers)
    made_by, sold_by = np.array(producers), np.array(markets)
    first = np.concatenate([[0], np.cumsum(made_by + sold_by)])[:-1]
    count = int((made_by + sold_by).sum()) + electricity
    electric = count - electricity

    sector = rng.integers(0, 45, products)
    position = rng.random(products)  # 0 upstream, 1 downstream
    hub = np.zeros(products, dtype=bool)
    hubs = rng.choice(products, min(70, max(8, products // 30)), replace=False)
    hub[hubs] = True
    popularity = 1.0 / (rng.permutation(products) + 4.0) ** 1.30
    price = np.exp(rng.normal(0, 2.2, products))
    waste = (rng.random(products) < 0.07) & ~hub
    by_sector = [np.flatnonzero(sector == s) for s in range(45)]

    def pick(among: np.ndarray, times: int) -> np.ndarray:
        weights = popularity[among]
        return among[rng.choice(among.size, times, p=weights / weights.sum())]

    everything = np.arange(products)
    rows, columns, amounts, flips = [], [], [], []
    voltage = electric + np.concatenate([[0], np.cumsum(per_region)])[:-1]

    def recipe(product: int) -> np.ndarray:
        times = int(np.clip(rng.lognormal(3.75, 0.55), 3, 200))
        own = pick(by_sector[sector[product]], round(times * 0.45))
        central = pick(hubs, round(times * 0.45))
        others = pick(everything, max(1, times - own.size - central.size))
        found = np.unique(np.concatenate([own, central, others]))
        upstream = (position[found] < position[product]) | (rng.random(found.size) < 0.04)
        return found[(found != product) & (upstream | hub[found])]

    for product in range(products):
        shared = recipe(product)
        for k in range(made_by[product]):
            column = first[product] + k
            used = shared if rng.random() < 0.7 else recipe(product)
            share = rng.dirichlet(np.full(used.size + 1, 0.6))
            value = rng.uniform(0.25, 0.70) * price[product]
            supplier = np.where(
                sold_by[used] > 0,
                first[used] + made_by[used] + (rng.random(used.size) * sold_by[used]).astype(int),
                first[used] + (rng.random(used.size) * made_by[used]).astype(int),
            )
            rows += [supplier, [voltage[rng.integers(regions)] + 2]]
            columns += [np.full(used.size + 1, column)]
            amounts += [value * share[:-1] / price[used], [value * share[-1]]]
            flips += [~waste[used], [True]]
        makers = first[product] + np.arange(made_by[product])
        for k in range(sold_by[product]):
            column = makers[-1] + 1 + k
            chosen = makers[rng.random(makers.size) < 0.6] if makers.size > 1 else makers
            chosen = chosen if chosen.size else makers[:1]
            rows.append(chosen)
            columns.append(np.full(chosen.size, column))
            amounts.append(rng.dirichlet(np.ones(chosen.size)))
            # A market for waste hands it on: both sides of the exchange are negative.
            flips.append(np.full(chosen.size, not waste[product]))
    for region in range(regions):
        high = voltage[region]
        plants = high + 3 + np.arange(technologies[region])
        near = voltage[rng.choice(regions, rng.integers(1, 5))]
        mix = rng.dirichlet(np.ones(plants.size)) * 0.85
        imports = rng.dirichlet(np.ones(near.size)) * 0.15
        rows += [plants, near, [high], [high + 1], [high + 2], [high]]
        columns += [
            np.full(plants.size + near.size, high),
            [high + 1, high + 2, high + 2, high],
        ]
        amounts += [mix, imports, [1.02], [1.03], [0.03], [0.02]]
        flips += [np.ones(plants.size + near.size + 4, dtype=bool)]
        for plant in plants:
            used = np.unique(pick(hubs, 5))
            supplier = first[used] + (rng.random(used.size) * (made_by + sold_by)[used]).astype(int)
            rows.append(supplier)
            columns.append(np.full(used.size, plant))
            amounts.append(0.4 * rng.dirichlet(np.ones(used.size)) / price[used])
            flips.append(~waste[used])
    negative = np.zeros(count, dtype=bool)
    for product in np.flatnonzero(waste):
        negative[first[product] : first[product] + made_by[product] + sold_by[product]] = True
    used_rows = np.concatenate([np.asarray(r, dtype=np.int64) for r in rows])
    used_columns = np.concatenate([np.asarray(c, dtype=np.int64) for c in columns])
    own = np.arange(count)
    return (
        np.concatenate([own, used_rows]),
        np.concatenate([own, used_columns]),
        np.concatenate([np.ones(count), np.concatenate(amounts)]),
        np.concatenate([negative, np.concatenate(flips)]),
        np.concatenate([np.ones(count, dtype=bool), np.zeros(used_rows.size, dtype=bool)]),
    ), count


def _emissions(rng: np.random.Generator, ids: np.ndarray, mean: float, count: int) -> Elements:
    total = round(mean * count)
    popular = 1.0 / (np.arange(FLOWS) + 20.0) ** 0.9
    flow = FIRST_FLOW + rng.choice(FLOWS, total, p=popular / popular.sum())
    column = ids[rng.integers(0, count, total)]
    sigma = np.where(rng.random(total) < 0.8, rng.uniform(0.06, 0.8, total), 0.0)
    no = np.zeros(total, dtype=bool)
    return Elements(flow, column, np.exp(rng.normal(-6, 3, total)), no, no, sigma)


def _foreground(
    rng: np.random.Generator, ids: np.ndarray, datasets: int, inputs: int
) -> tuple[Elements, Elements, np.ndarray]:
    """Return datasets that use a few background products and, some of them, each other."""
    own = FIRST_DATASET + rng.permutation(datasets)
    bought = rng.choice(ids, inputs, replace=False)
    rows, columns = [own], [own]
    for k, dataset in enumerate(own):
        chosen = rng.choice(bought, min(inputs, int(rng.integers(6, 26))), replace=False)
        rows.append(chosen)
        columns.append(np.full(chosen.size, dataset))
        if k and rng.random() < 0.3:
            rows.append(rng.choice(own[:k], 1))
            columns.append(np.array([dataset]))
    row, column = np.concatenate(rows), np.concatenate(columns)
    reference = np.arange(row.size) < datasets
    amount = np.where(reference, 1.0, np.exp(rng.normal(-2, 1.5, row.size)))
    sigma = np.where(reference, 0.0, rng.uniform(0.06, 0.4, row.size))
    technosphere = Elements(row, column, amount, ~reference, reference, sigma)
    return technosphere, _emissions(rng, own, 3.0, datasets), own


def _methods(rng: np.random.Generator, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return factors of methods: few flows in most, many in some; some methods stand twice."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for k in range(count):
        if k > 16 and rng.random() < 0.277:
            found.append(found[int(rng.integers(len(found)))])
            continue
        size = int(np.clip(rng.lognormal(4.6, 1.5), 3, FLOWS * 0.6))
        flows = FIRST_FLOW + rng.choice(FLOWS, size, replace=False)
        factors = np.exp(rng.normal(0, 3, size)).astype(np.float32).astype(float)
        found.append((np.sort(flows), factors))
    return found


def write(data: Synthetic, folder: Path, distributions: bool = True) -> dict[str, list[Path]]:
    """Write datapackages as bw2data would: ``background``, ``foreground`` and ``methods``."""
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / "foreground.zip"
    background = folder / "background.zip"
    _package(
        background,
        {"technosphere_matrix": data.technosphere, "biosphere_matrix": data.biosphere},
        distributions,
    )
    _package(
        own,
        {"technosphere_matrix": data.own_technosphere, "biosphere_matrix": data.own_biosphere},
        distributions,
    )
    methods = []
    for k, (flows, factors) in enumerate(data.methods):
        path = folder / f"method{k:03d}.zip"
        no = np.zeros(flows.size, dtype=bool)
        world = np.ones(flows.size, dtype=np.int64)
        elements = Elements(flows, world, factors, no, no, np.zeros(flows.size))
        _package(path, {"characterization_matrix": elements}, False, ("synthetic", f"{k:03d}"))
        methods.append(path)
    return {"background": [background], "foreground": [own], "methods": methods}


def _package(
    path: Path,
    matrices: dict[str, Elements],
    distributions: bool,
    identifier: tuple[str, ...] | None = None,
) -> None:
    import bw_processing as bwp
    from fsspec.implementations.zip import ZipFileSystem

    path.unlink(missing_ok=True)
    package = bwp.create_datapackage(
        fs=ZipFileSystem(str(path), mode="w"), name=path.stem, sum_intra_duplicates=True
    )
    for matrix, e in matrices.items():
        indices = np.empty(e.row.size, dtype=bwp.INDICES_DTYPE)
        indices["row"], indices["col"] = e.row, e.column
        data = e.amount.astype(np.float32)
        more = {}
        if matrix == "technosphere_matrix":
            more = {"flip_array": e.flip, "reference_array": e.reference}
        if matrix == "characterization_matrix":
            more = {"global_index": 1, "identifier": list(identifier or ())}
        if distributions:
            spread = np.zeros(e.row.size, dtype=bwp.UNCERTAINTY_DTYPE)
            for name in ("shape", "minimum", "maximum", "scale"):
                spread[name] = np.nan
            sampled = e.sigma > 0
            spread["uncertainty_type"] = np.where(sampled, LOGNORMAL, 0)
            spread["loc"] = np.where(sampled, np.log(np.maximum(e.amount, 1e-300)), e.amount)
            spread["scale"][sampled] = e.sigma[sampled]
            more["distributions_array"] = spread
        package.add_persistent_vector(
            matrix=matrix,
            name=f"{path.stem}_{matrix}",
            indices_array=indices,
            data_array=data,
            **more,
        )
    package.finalize_serialization()
