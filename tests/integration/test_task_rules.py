"""Tasks and systems: what doubling an input or changing a rule of sharing does, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from bw_tinyml import compare, score
from bw_tinyml.errors import UsageError
from bw_tinyml.impact.contributions import by_label
from bw_tinyml.impact.limits import delivered
from bw_tinyml.impact.model import load_model
from bw_tinyml.impact.session import Session
from bw_tinyml.impact.solving import Solver
from bw_tinyml.inventory.loading import load_lists
from bw_tinyml.systems.tasks import Task, tasks

SERVICES = (
    "access_point_connection",
    "data_transfer_fixed",
    "fixed_line_connection",
    "data_transfer_mobile",
    "mobile_connection",
    "lorawan_connection",
    "phone_connection",
    "edge_connection",
    "cloud_compute",
    "gpu_compute",
    "cloud_storage",
)
TASKS = tasks(load_lists())
NEW = [name for name in TASKS if name != "keyword spotting"]
DAYS = 3 * 365.25


@dataclass
class Lab:
    """All systems of all tasks, and the services that they use, ready to be solved."""

    solver: Solver
    ids: dict[str, int]

    def stages(self, name: str, **given: float) -> dict[str, float]:
        """Climate change of a dataset by stage."""
        amounts = np.array([float(a) for a in self.solver.model.amounts(given)])[:, None]
        labels, scores = by_label(self.solver, self.ids[name], amounts)
        return dict(zip(labels, scores[0][:, 0].tolist(), strict=True))

    def totals(self, names: Sequence[str], **given: float) -> np.ndarray:
        """Climate change of datasets."""
        amounts = np.array([float(a) for a in self.solver.model.amounts(given)])[:, None]
        demand = np.concatenate([self.solver.demand(self.ids[n]) for n in names], axis=2)
        found: np.ndarray = self.solver.scores(amounts, self.solver.supply(amounts, demand))
        return found[0, :, 0]

    def total(self, name: str, **given: float) -> float:
        """Climate change of a dataset."""
        return float(self.totals([name], **given)[0]) if given else self.base[name]

    @cached_property
    def base(self) -> dict[str, float]:
        """Climate change of all datasets, with the parameters as they are."""
        return dict(zip(self.ids, self.totals(list(self.ids)).tolist(), strict=True))

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Values of the parameters of the foreground."""
        values = self.solver.model.parameter_values().values()
        return {k: float(v) for k, v in next(v for v in values if "lifetime_a" in v).items()}

    def value(self, name: str) -> float:
        """Value of a parameter."""
        return self.parameters[name]


@pytest.fixture(scope="module")
def lab(full_project: str) -> Lab:
    session = Session(full_project, None)
    names = [s.process for task in TASKS.values() for s in task.systems] + list(SERVICES)
    ids = {name: session.find(f"{name}/GLO").id for name in names}
    indicators = [i for i in session.indicators(["EF v3.1"]) if i.label == "Climate change"]
    assert len(indicators) == 1
    return Lab(Solver(load_model(session.databases, list(ids.values())), indicators), ids)


def test_doubling_the_payload_doubles_what_it_travels_through(lab: Lab) -> None:
    """19.2 kB more in each of 1440 windows a day, through the network and into the store."""
    kilobytes = DAYS * 1440 * 19.2
    before = lab.stages("iot_service/anomaly-wifi-cloud")
    after = lab.stages("iot_service/anomaly-wifi-cloud", raw_kb_anomalydetection=2 * 19.2)
    overhead = lab.value("packet_overhead")
    network = kilobytes * overhead / 1e6 * lab.total("data_transfer_fixed")
    assert after["network"] - before["network"] == pytest.approx(network, rel=1e-9)
    store = kilobytes / 1e6 * 30 / 365.25 * lab.total("cloud_storage")
    assert after["data centre"] - before["data centre"] == pytest.approx(store, rel=1e-9)
    for stage in ("device", "home gateway", "power supply", "training", "end of life"):
        assert after[stage] == pytest.approx(before[stage], rel=1e-9), stage


def test_the_payload_does_not_matter_to_what_stays_in_the_device(lab: Lab) -> None:
    for system in ("anomaly-soc-ble", "anomaly-soc-lorawan"):
        name = f"iot_service/{system}"
        more = lab.total(name, raw_kb_anomalydetection=1920)
        assert more == pytest.approx(lab.total(name), rel=1e-12), system


def test_narrow_band_links_take_more_of_the_mobile_network(lab: Lab) -> None:
    for link, factor in (("lte-m", "ltem"), ("nb-iot", "nbiot")):
        volume = DAYS * (1440 * (19.2 * 1.06 + 0.1) + 4 * 0.1) / 1e6
        assert lab.value("packet_overhead") == 1.06
        expected = (
            volume * lab.value(f"{factor}_resource_factor") * lab.total("data_transfer_mobile")
        )
        found = lab.stages(f"iot_service/anomaly-{link}")["network"]
        assert found == pytest.approx(expected, rel=1e-9), link


@pytest.mark.parametrize("system", ["wifi-cloud", "ble-phone", "lte-m"])
def test_doubling_the_rate_doubles_what_follows_it(lab: Lab, system: str) -> None:
    """The connection that is kept alive stays; windows, their messages and the model double."""
    name, rate = f"iot_service/anomaly-{system}", "analyses_per_day_anomalydetection"
    idle = lab.stages(name, **{rate: 0})
    once, twice = lab.stages(name), lab.stages(name, **{rate: 2880})
    for stage in ("network", "data centre"):
        assert once[stage] > 2 * idle[stage]
        expected = 2 * (once[stage] - idle[stage])
        assert twice[stage] - idle[stage] == pytest.approx(expected, rel=1e-9), stage
    assert twice["device"] == pytest.approx(once["device"], rel=1e-12)


def test_a_cascade_follows_its_results_and_not_its_analyses(lab: Lab) -> None:
    name = "iot_service/person-cascade"
    base = lab.stages(name)
    analyses = lab.stages(name, analyses_per_day_persondetection=2 * 8640)
    assert analyses["network"] == pytest.approx(base["network"], rel=1e-12)
    assert analyses["electricity of the device"] > base["electricity of the device"]
    idle = lab.stages(name, results_per_day_persondetection=0)
    results = lab.stages(name, results_per_day_persondetection=80)
    for stage in ("network", "data centre"):
        expected = 2 * (base[stage] - idle[stage])
        assert results[stage] - idle[stage] == pytest.approx(expected, rel=1e-9), stage


@pytest.mark.parametrize(
    ("system", "stage"),
    [
        ("anomaly-wifi-cloud", "home gateway"),
        ("anomaly-wifi-cloud", "network"),
        ("anomaly-wifi-cloud", "data centre"),
        ("anomaly-ble-phone", "phone"),
        ("anomaly-lte-m", "network"),
        ("environment-lorawan", "network"),
        ("anomaly-edge", "edge computer"),
    ],
)
def test_doubling_the_lifetime_doubles_the_use(lab: Lab, system: str, stage: str) -> None:
    short, long = (lab.stages(f"iot_service/{system}", lifetime_a=years) for years in (2, 4))
    assert long[stage] == pytest.approx(2 * short[stage], rel=1e-9)
    for once in ("device", "distribution", "end of life"):
        assert long[once] == pytest.approx(short[once], rel=1e-9), once


def test_doubling_pue_adds_the_electricity_of_the_equipment_again(lab: Lab) -> None:
    pue = lab.value("pue")
    for service in ("cloud_compute", "gpu_compute", "cloud_storage"):
        none, once, twice = (lab.total(service, pue=k * pue) for k in (0, 1, 2))
        assert once > none
        assert twice - none == pytest.approx(2 * (once - none), rel=1e-9), service
    system = "iot_service/person-wifi-cloud"
    base, double = lab.stages(system), lab.stages(system, pue=2 * pue)
    assert double["data centre"] > 1.5 * base["data centre"]
    for stage in set(base) - {"data centre", "training"}:
        assert double[stage] == pytest.approx(base[stage], rel=1e-9), stage
    edge = "iot_service/person-edge"
    without = lab.total(edge) - lab.stages(edge)["training"]
    doubled = lab.total(edge, pue=2 * pue) - lab.stages(edge, pue=2 * pue)["training"]
    assert doubled == pytest.approx(without, rel=1e-12)


def test_three_rules_for_the_home_gateway(lab: Lab) -> None:
    name = "iot_service/person-wifi-cloud"
    unit, volume = lab.total("access_point_connection"), lab.value("wire_gb_personwificloud")
    equal = lab.stages(name, local_allocation=2)
    traffic = lab.stages(name, local_allocation=1)
    marginal = lab.stages(name, local_allocation=0)
    assert equal["home gateway"] == pytest.approx(3 * unit, rel=1e-9)
    share = volume / lab.value("access_point_gb_per_a") * lab.value("access_point_devices")
    assert traffic["home gateway"] == pytest.approx(share * unit, rel=1e-9)
    assert marginal["home gateway"] == 0
    assert equal["home gateway"] > traffic["home gateway"] > 0
    assert marginal["network"] > equal["network"] == pytest.approx(traffic["network"])
    between = lab.stages(name, local_allocation=1.5)["home gateway"]
    assert between == pytest.approx((equal["home gateway"] + traffic["home gateway"]) / 2)


def test_three_rules_for_line_and_mobile_network(lab: Lab) -> None:
    wifi, mobile = "iot_service/anomaly-wifi-cloud", "iot_service/environment-nb-iot"
    equal = lab.stages(wifi, access_allocation=2)["network"]
    assert equal == pytest.approx(3 * lab.total("fixed_line_connection"), rel=1e-9)
    equal = lab.stages(mobile, access_allocation=2)["network"]
    assert equal == pytest.approx(3 * lab.total("mobile_connection"), rel=1e-9)
    assert lab.stages(mobile, access_allocation=1)["network"] < equal / 1000
    for name in (wifi, mobile):
        least = lab.stages(name, access_allocation=0)["network"]
        assert 0 < least < lab.stages(name, access_allocation=1)["network"], name


@pytest.mark.parametrize("system", ["wifi-streaming", "local-wake"])
def test_keyword_spotting_follows_the_same_rules(lab: Lab, system: str) -> None:
    name = f"keyword_spotting/{system}"
    marginal = lab.stages(name, local_allocation=0, access_allocation=0)
    assert marginal["home gateway"] == 0
    equal = lab.stages(name, access_allocation=2)["network"]
    assert equal == pytest.approx(3 * lab.total("fixed_line_connection"), rel=1e-9)
    assert lab.stages(name)["home gateway"] == pytest.approx(
        3 * lab.total("access_point_connection"), rel=1e-9
    )


def test_shares_of_phone_edge_computer_and_lorawan_gateway(lab: Lab) -> None:
    for system, stage, unit in (
        ("image-ble-phone", "phone", "phone_connection"),
        ("image-edge", "edge computer", "edge_connection"),
        ("image-soc-lorawan", "network", "lorawan_connection"),
    ):
        found = lab.stages(f"iot_service/{system}")[stage]
        backhaul = lab.value("fixed_gb_imagesoclorawan") * lab.total("data_transfer_fixed")
        expected = 3 * lab.total(unit) + (backhaul if stage == "network" else 0)
        assert found == pytest.approx(expected, rel=1e-9), system
        assert lab.stages(f"iot_service/{system}", local_allocation=0)[stage] < found / 5


def test_training_is_shared_by_the_units(lab: Lab) -> None:
    name, gpu = "iot_service/person-soc-ble", lab.total("gpu_compute")
    runs = lab.value("search_runs_device") + 3 * lab.value("retrainings_per_year")
    hours = lab.value("device_training_gpu_h_persondetection") * runs
    for units in (1, 10, 10_000):
        found = lab.stages(name, units_tinyml=units)["training"]
        assert found == pytest.approx(hours / units * gpu, rel=1e-9)
    both = lab.stages("iot_service/person-cascade")["training"]
    cloud = lab.stages("iot_service/person-wifi-cloud")["training"]
    assert both == pytest.approx(cloud + lab.stages(name)["training"], rel=1e-9)


def test_processors_or_accelerators_run_the_model(lab: Lab) -> None:
    name = "iot_service/person-wifi-cloud"
    images, work = DAYS * 8640, lab.value("cloud_gmac_persondetection")
    both = [lab.stages(name, cloud_gpu_share=share)["data centre"] for share in (0, 1)]
    processors = images * work / lab.value("vcpu_gmac_per_s") / 3600 * lab.total("cloud_compute")
    cards = images * work / lab.value("gpu_gmac_per_s") / 3600 * lab.total("gpu_compute")
    assert both[0] - both[1] == pytest.approx(processors - cards, rel=1e-9)


def test_a_system_does_not_depend_on_another_task(lab: Lab) -> None:
    names = [s.process for t in NEW for s in TASKS[t].systems if t != "anomaly detection"]
    given = {"raw_kb_anomalydetection": 100.0, "analyses_per_day_anomalydetection": 10.0}
    assert lab.totals(names, **given) == pytest.approx(lab.totals(names), rel=1e-12)


@pytest.mark.parametrize("task", NEW)
def test_links_carry_the_data_of_every_system(lab: Lab, task: str) -> None:
    for system in TASKS[task].systems:
        assert delivered(lab.solver.model, lab.ids[system.process]) == 1, system.name


def test_links_end_where_rate_or_duty_cycle_end(lab: Lab) -> None:
    """A frame of 12 bytes at spreading factor 12 needs 1.2 s; a day has 864 s of it."""
    model, product = lab.solver.model, lab.ids["iot_service/environment-lorawan"]
    symbol = 2**12 / 125000
    frame = symbol * (20.25 + (8 * (13 + 12) - 4 * 12 + 44) / (4 * 12) * 5)
    rate = np.array([24.0, 0.99 * 864 / frame, 2 * 864 / frame, 10 * 864 / frame])
    given: dict[str, float | np.ndarray] = {
        "lorawan_sf": 12.0,
        "analyses_per_day_environmentalsensing": rate,
    }
    assert delivered(model, product, given) == pytest.approx([1, 1, 0.5, 0.1], rel=1e-9)
    assert delivered(model, lab.ids["iot_service/environment-lte-m"], given) == pytest.approx(1)
    image = lab.ids["iot_service/person-nb-iot"]  # 3.2 s for 10 kB at 25 kbit/s, 1.5 s each
    many = {"analyses_per_day_persondetection": 43200.0}
    assert delivered(model, image, many) == pytest.approx(86400 / 43200 / (1.5 + 3.2), rel=1e-9)


def test_a_link_that_cannot_carry_the_data_is_refused(full_project: str) -> None:
    with pytest.raises(UsageError, match=r"lorawan delivers 0\.\d+ of its messages") as caught:
        compare(
            "environmental sensing",
            baseline="lorawan",
            project=full_project,
            iterations=2,
            parameters={"analyses_per_day_environmentalsensing": 20000},
        )
    assert "--baseline" in caught.value.hint
    with pytest.raises(UsageError, match="iot_service/environment-lorawan/GLO delivers"):
        score(
            "iot_service/environment-lorawan",
            location="GLO",
            project=full_project,
            parameters={"analyses_per_day_environmentalsensing": 20000},
        )


def test_no_lorawan_for_raw_images() -> None:
    def baselines(task: Task) -> set[str]:
        return {s.name for s in task.baselines()}

    assert "lorawan" in baselines(TASKS["environmental sensing"])
    for task in ("image classification", "person detection"):
        assert "lorawan" not in baselines(TASKS[task])


@pytest.mark.parametrize("task", NEW)
def test_scenarios_change_something(lab: Lab, task: str) -> None:
    """Every parameter of a scenario exists, and at least one system of the task feels it."""
    changes: dict[str, dict[str, float]] = {}
    for row in load_lists().tables["scenarios"]:
        if row["task"] == task:
            changes.setdefault(row["scenario"], {})[row["parameter"]] = float(row["value"])
    assert len(changes) >= 10
    scenarios = ["as it is", *changes]
    given = {
        p: np.array([changes.get(n, {}).get(p, lab.value(p)) for n in scenarios])
        for p in {p for found in changes.values() for p in found}
    }
    found = [np.broadcast_to(a, len(scenarios)) for a in lab.solver.model.amounts(given)]
    amounts = np.array(found, dtype=float)
    systems = [lab.ids[s.process] for s in TASKS[task].systems]
    demand = np.concatenate([lab.solver.demand(i, len(scenarios)) for i in systems], axis=2)
    scores = lab.solver.scores(amounts, lab.solver.supply(amounts, demand))[:, :, 0]
    felt = (np.abs(scores / scores[0] - 1) > 1e-9).any(axis=1)
    # trips count where cells are changed within three years, which few systems do
    dull = {n for n, f in zip(scenarios[1:], felt[1:], strict=True) if not f}
    assert dull <= {"A technician drives 10 km for each change of a battery"}
