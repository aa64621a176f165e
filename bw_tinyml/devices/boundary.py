"""What a bill of materials does not contain, and so its score does not count."""

from __future__ import annotations

from collections.abc import Iterable

#: part of a device or of its life -> beginnings of the datasets that count it
_PARTS: dict[str, tuple[str, ...]] = {
    "circuit board": ("printed_circuit_board/", "circuit_board_assembled/", "development_board/"),
    "battery or power supply": (
        *("battery/", "cell_", "usb_power_adapter", "harvesting_supply/", "pv_"),
        *("energy_harvester", "plug_mains"),
    ),
    "casing": ("casing_", "enclosure/"),
    "packaging": ("device_packaging", "packaging/"),
    "final assembly": (),
    "freight": ("freight_leg",),
    "use": ("inference_year/", "device_year/"),
    "end of life": ("eol_",),
}
#: whole devices, which have a casing and are assembled
_WHOLE = {"circuit board", "casing", "final assembly"}


def not_counted(datasets: Iterable[str]) -> tuple[str, ...]:
    """Return the parts of a device and of its life that some datasets leave out.

    Parameters
    ----------
    datasets
        Identifiers of what is counted.
    """
    known = tuple(datasets)
    counted = {
        part for part, starts in _PARTS.items() if any(name.startswith(starts) for name in known)
    }
    if any(name.startswith("device/") for name in known):
        counted |= _WHOLE
    return tuple(part for part in _PARTS if part not in counted)
