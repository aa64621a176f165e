"""What a device draws: power between events, and the events."""

from __future__ import annotations

from dataclasses import dataclass

HOURS_PER_YEAR = 8766.0
SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True)
class Event:
    """Something a device does so many times a day, at a power, for some seconds."""

    power_mw: float
    seconds: float
    per_day: float


@dataclass(frozen=True)
class Load:
    """What a device draws from its supply rail.

    Attributes
    ----------
    sleep_mw
        Power between events.
    events
        What it does besides.
    minimum_voltage
        Lowest voltage of the rail at which the device works, in V.
    """

    sleep_mw: float
    events: tuple[Event, ...] = ()
    minimum_voltage: float = 1.8

    @property
    def busy_share(self) -> float:
        """Share of the time that events take; more than 1 is impossible."""
        return sum(e.seconds * e.per_day for e in self.events) / SECONDS_PER_DAY

    @property
    def mean_mw(self) -> float:
        """Mean power: events replace sleep while they last."""
        above = sum((e.power_mw - self.sleep_mw) * e.seconds * e.per_day for e in self.events)
        return self.sleep_mw + above / SECONDS_PER_DAY

    @property
    def peak_mw(self) -> float:
        """Highest power."""
        return max([self.sleep_mw, *(e.power_mw for e in self.events)])


def mains_kwh(load: Load, lifetime_a: float, efficiency: float, no_load_w: float) -> float:
    """Return the electricity of a device at the socket over its life, in kWh.

    Parameters
    ----------
    load
        The device.
    lifetime_a
        Years of service.
    efficiency
        Of the adapter while it delivers power, times that of the regulator behind it.
    no_load_w
        Power of the adapter without load, which is added.
    """
    return (load.mean_mw / 1000 / efficiency + no_load_w) * HOURS_PER_YEAR * lifetime_a / 1000
