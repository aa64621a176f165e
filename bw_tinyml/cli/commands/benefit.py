"""``bw-tinyml benefit``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from bw_tinyml.arguments import finite
from bw_tinyml.cli.options import PROJECT
from bw_tinyml.cli.output import echo_json, echo_table, inventories_option, json_option, number
from bw_tinyml.errors import NotFoundError, UsageError
from bw_tinyml.suggestions import nearest

if TYPE_CHECKING:
    from bw_tinyml.inventory.model import Inventory
    from bw_tinyml.systems.projections import Saving

#: ending of the projections that are the yearly emissions of a sector
_EMISSIONS = "_emissions"


@click.command("benefit")
@click.option("--devices", type=float, required=True, help="Number of devices.")
@click.option("--footprint", type=float, help="Footprint of one device over its life, kg CO2-eq.")
@click.option("--task", help="Instead of --footprint: score a system of this task, climate change.")
@click.option("--device", help="System of --task.  [default: the first]")
@click.option("--location", help="Location of use for --task.  [default: GLO]")
@click.option(
    "--project",
    type=PROJECT,
    envvar="BW_TINYML_PROJECT",
    show_envvar=True,
    help="Brightway project of --task.",
)
@click.option(
    "--sector",
    "sectors",
    multiple=True,
    required=True,
    metavar="NAME[=KG_PER_YEAR]:SHARE",
    help="Sector, its emissions a year in kg CO2-eq ('residential' and 'other' are known), and the "
    "share of them that is saved; may be repeated.",
)
@click.option("--years", default=3.0, show_default=True, help="For how long the devices save.")
@click.option(
    "--rebound",
    default=0.0,
    show_default=True,
    help="Share of the savings that more consumption eats up.",
)
@inventories_option
@json_option
def command(
    devices: float,
    footprint: float | None,
    task: str | None,
    device: str | None,
    location: str | None,
    project: str | None,
    sectors: tuple[str, ...],
    years: float,
    rebound: float,
    folder: str | None,
    as_json: bool,
) -> None:
    """Hold what devices cause against what their application saves elsewhere.

    Prints the net result in climate change, and the share of each sector's emissions that would
    have to be saved for break-even, given the savings in the other sectors.
    """
    from bw_tinyml.inventory.loading import load_lists
    from bw_tinyml.systems.projections import break_even_share, net_benefit

    if (footprint is None) == (task is None):
        raise UsageError("the footprint is not clear", "give either --footprint or --task")
    for option, value in (("devices", devices), ("years", years), ("rebound", rebound)):
        finite(value, f"--{option}")
    finite(footprint or 0.0, "--footprint")
    if devices <= 0 or years <= 0:
        raise UsageError("devices and years must be greater than 0", "correct the numbers")
    inventory = load_lists(folder)
    savings = [_saving(text, inventory) for text in sectors]
    each = _score(task, device, location, project, folder) if task else float(footprint or 0)
    total = devices * each
    net = net_benefit(total, savings, years, rebound)
    shares = {}
    for saving in savings:
        others = [s for s in savings if s is not saving]
        rest = net_benefit(total, others, years, rebound)
        shares[saving.sector] = break_even_share(rest, saving.emissions, years, rebound)
    if as_json:
        echo_json(
            {
                "devices": devices,
                "footprint_per_device": each,
                "footprint": total,
                "years": years,
                "rebound": rebound,
                "savings": [
                    {
                        "sector": s.sector,
                        "emissions_per_year": s.emissions,
                        "share": s.share,
                        "saved": s.share * s.emissions * years * (1 - rebound),
                        "break_even_share": shares[s.sector],
                    }
                    for s in savings
                ],
                "net": net,
            }
        )
        return
    click.echo(
        f"{number(devices)} devices of {number(each)} kg CO2-eq: {number(total / 1e9)} Mt; "
        f"{years:g} years of savings, rebound {rebound:.0%}\n"
    )
    rows = [
        [
            s.sector,
            s.emissions / 1e9,
            f"{s.share:.4g}",
            s.share * s.emissions * years * (1 - rebound) / 1e9,
            "never" if math.isinf(share) else f"{share:.3%}",
        ]
        for s, share in zip(savings, shares.values(), strict=True)
    ]
    echo_table(rows, ["sector", "Mt a year", "share saved", "saved, Mt", "break-even share"])
    word = "benefit" if net < 0 else "burden"
    click.echo(f"\nNet {word}: {number(abs(net) / 1e9)} Mt CO2-eq")


def _saving(text: str, inventory: Inventory) -> Saving:
    from bw_tinyml.systems.projections import Saving, quantities

    head, colon, share = text.rpartition(":")
    name, equals, emissions = head.partition("=")
    name = name.strip()
    hint = "e.g. --sector residential:0.2, or --sector farming=5e11:0.01"
    if not colon or not name:
        raise UsageError(f"'{text}' is not NAME[=KG_PER_YEAR]:SHARE", hint)
    known = quantities(inventory)
    if not equals and f"{name}{_EMISSIONS}" not in known:
        sectors = [q.removesuffix(_EMISSIONS) for q in known if q.endswith(_EMISSIONS)]
        raise NotFoundError(
            f"'{text}': the emissions of sector '{name}' are not known{nearest(name, sectors)}",
            f"known: {', '.join(sectors)}; or state them, {hint}",
        )
    try:
        found = Saving(
            name, float(emissions) if equals else known[f"{name}{_EMISSIONS}"], float(share)
        )
    except ValueError:
        raise UsageError(f"'{text}' is not NAME[=KG_PER_YEAR]:SHARE", hint) from None
    if not (0 <= found.share <= 1 and 0 < found.emissions < math.inf):
        raise UsageError(f"'{text}': a share is from 0 to 1, emissions are positive", hint)
    return found


def _score(
    task: str, device: str | None, location: str | None, project: str | None, folder: str | None
) -> float:
    from bw_tinyml.systems.case import open_case
    from bw_tinyml.systems.verdict import CLIMATE

    if project is None:
        raise UsageError("no project is named", "add --project NAME")
    case = open_case(task, device, (), project=project, location=location, folder=folder)
    labels = [indicator.label.lower() for indicator in case.solver.indicators]
    climate = next(i for i, label in enumerate(labels) if CLIMATE in label)
    return float(case.paired.scores({})[0, 0, climate])
