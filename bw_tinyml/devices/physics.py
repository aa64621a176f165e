"""Dies per wafer, yield, battery life: pure functions of physical amounts.

The inventory tables hold the same equations as formulas that stay alive in Brightway; a test holds
the two against each other. No function knows a number about the world: callers pass them.
"""

from __future__ import annotations

from math import exp, pi, sqrt


def dies_per_wafer(
    die_area: float,
    diameter: float,
    edge_exclusion: float = 0.0,
    saw_street: float = 0.0,
    edge_loss: float = 1 / sqrt(2),
) -> float:
    """Return the number of whole dies on a wafer.

    ``N = (pi R**2 - k 2 pi R L) / L**2`` with the usable radius ``R`` and the pitch ``L`` of a
    square die. With ``k = 1 / sqrt(2)`` and no street it is the formula of Hennessy and Patterson
    (Computer Architecture, 5th edition, section 1.6); de Vries (2005) finds a smaller ``k``.

    Parameters
    ----------
    die_area
        Area of the die, mm2.
    diameter
        Diameter of the wafer, mm.
    edge_exclusion
        Width of the wafer's edge without good dies, mm.
    saw_street
        Width of the street between dies, mm.
    edge_loss
        Coefficient ``k`` of the loss at the edge.

    Raises
    ------
    ValueError
        The die does not fit on the wafer, or an amount is not positive.
    """
    if not (die_area > 0 and diameter > 0):
        raise ValueError("die area and wafer diameter must be positive")
    radius = diameter / 2 - edge_exclusion
    pitch = sqrt(die_area) + saw_street
    number = (pi * radius**2 - edge_loss * 2 * pi * radius * pitch) / pitch**2
    if radius <= 0 or number < 1:
        raise ValueError(f"a die of {die_area:g} mm2 does not fit on a wafer of {diameter:g} mm")
    return number


def poisson_yield(die_area: float, defect_density: float) -> float:
    """Return ``exp(-A D)``: randomly scattered defects. Area in cm2, density per cm2."""
    return exp(-die_area * defect_density)


def murphy_yield(die_area: float, defect_density: float) -> float:
    """Return ``((1 - exp(-A D)) / (A D))**2``: defect density with a triangular distribution.

    Area in cm2, density per cm2.
    """
    defects = die_area * defect_density
    if defects < 1e-6:  # the limit; the quotient would lose its digits
        return 1 - defects
    return float(((1 - exp(-defects)) / defects) ** 2)


def seeds_yield(die_area: float, defect_density: float) -> float:
    """Return ``1 / (1 + A D)``: defect density with an exponential distribution (Seeds 1967).

    Area in cm2, density per cm2. It is the negative binomial with a clustering of 1.
    """
    return 1 / (1 + die_area * defect_density)


def moore_yield(die_area: float, defect_density: float) -> float:
    """Return ``exp(-sqrt(A D))`` (Moore 1970), which some texts call the model of Seeds.

    Area in cm2, density per cm2.
    """
    return exp(-sqrt(die_area * defect_density))


def bose_einstein_yield(die_area: float, defect_density: float, layers: float) -> float:
    """Return ``(1 + A D)**-n`` with ``n`` critical layers. Area in cm2, density per cm2."""
    return float((1 + die_area * defect_density) ** -layers)


def negative_binomial_yield(die_area: float, defect_density: float, clustering: float) -> float:
    """Return ``(1 + A D / alpha)**-alpha``; Poisson for a large ``alpha``.

    Area in cm2, density per cm2.
    """
    return float((1 + die_area * defect_density / clustering) ** -clustering)


def wafer_area_per_die(
    die_area: float,
    diameter: float,
    defect_density: float,
    edge_exclusion: float = 0.0,
    saw_street: float = 0.0,
    edge_loss: float = 1 / sqrt(2),
) -> float:
    """Return the wafer area per good die, mm2: area of the wafer over dies and Murphy yield.

    Parameters are those of :func:`dies_per_wafer` and :func:`murphy_yield` (density per cm2).
    """
    dies = dies_per_wafer(die_area, diameter, edge_exclusion, saw_street, edge_loss)
    return pi * (diameter / 2) ** 2 / dies / murphy_yield(die_area / 100, defect_density)


def mean_power(energy_uj: float, rate_hz: float, sleep_mw: float = 0.0) -> float:
    """Return the mean power of duty-cycled inference, mW.

    Parameters
    ----------
    energy_uj
        Energy of one inference, uJ.
    rate_hz
        Inferences per second, mean over the time of use.
    sleep_mw
        Power between inferences, mW.
    """
    return energy_uj * rate_hz / 1000 + sleep_mw


def battery_life(
    capacity_ah: float,
    voltage: float,
    power_mw: float,
    usable_share: float = 1.0,
    efficiency: float = 1.0,
) -> float:
    """Return how long a charge lasts, h: ``C U s e / P``; self-discharge is left out.

    Parameters
    ----------
    capacity_ah, voltage
        Capacity (Ah) and mean voltage (V) of the battery.
    power_mw
        Mean power at the load, mW.
    usable_share
        Share of the capacity that is used between charges.
    efficiency
        Of the converter between battery and load.
    """
    return capacity_ah * voltage * usable_share * efficiency / (power_mw / 1000)
