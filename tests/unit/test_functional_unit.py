"""The functional unit says what is compared: with the values that hold."""

from __future__ import annotations

from bw_tinyml.inventory.functional_unit import is_sound, placeholders, stated
from bw_tinyml.inventory.loading import load
from bw_tinyml.systems.tasks import tasks

TEXT = "Spot keywords for {life year}: {hours} h a day, and each keyword ({rate} a day)."


def test_numbers_and_nouns_follow_from_the_values() -> None:
    values = {"life": 3.0, "hours": 0.0167, "rate": 40.0}
    expected = "Spot keywords for 3 years: 0.0167 h a day, and each keyword (40 a day)."
    assert stated(TEXT, values.__getitem__) == expected
    assert stated("{life year}", lambda _: 1.0) == "1 year"
    assert stated("{life year}", lambda _: 0.5) == "0.5 years"
    assert stated("{rate}", lambda _: 2.5e6) == "2500000"
    assert placeholders(TEXT) == ["life", "hours", "rate"]


def test_a_brace_that_is_no_placeholder_is_found() -> None:
    assert is_sound(TEXT)
    assert not is_sound("for {life two words}")
    assert not is_sound("for {life")


def test_every_task_states_life_and_rate_with_their_values() -> None:
    inventory, _ = load()
    values = inventory.values["tinyml"]
    for task in tasks(inventory).values():
        assert {"lifetime_a", task.rate} <= set(placeholders(task.functional_unit))
        text = stated(task.functional_unit, values.__getitem__)
        assert "for 3 years" in text
        assert f"{values[task.rate]:g} " in text
        assert len({s.role for s in task.systems}) == 2
    assert all(
        row["functional_unit"] == tasks(inventory)[row["task"]].functional_unit
        for row in inventory.tables["systems"]
    )
