"""Database parameters with live formulas.

Every number that formulas use becomes a database parameter, and every exchange with a formula
joins one group of its database, so that changing a parameter in Brightway or Activity Browser and
recalculating changes the exchanges. The rows are those that ``bw2data.parameters`` would make one
by one; inside the writer's transaction they are inserted at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from bw_tinyml.brightway.payload import Payload
from bw_tinyml.brightway.rows import insert_rows

_DIRECT = ("name", "amount", "formula")


def delete_parameters(database: str) -> None:
    """Delete all parameters, groups and parameterised exchanges of a database.

    Groups are found by their activities and by what they depend on: where a database is deleted
    with ``del databases[name]``, bw2data leaves the groups, but no longer their activities.
    """
    from bw2data.parameters import (
        ActivityParameter,
        DatabaseParameter,
        Group,
        GroupDependency,
        ParameterizedExchange,
    )

    own = ActivityParameter.select(ActivityParameter.group).where(
        ActivityParameter.database == database
    )
    others = ActivityParameter.select(ActivityParameter.group).where(
        ActivityParameter.database != database
    )
    dependent = GroupDependency.select(GroupDependency.group).where(
        (GroupDependency.depends == database) & GroupDependency.group.not_in(others)
    )
    groups = sorted({group for rows in (own, dependent) for (group,) in rows.tuples()})
    for start in range(0, len(groups), 500):
        some = groups[start : start + 500]
        ParameterizedExchange.delete().where(ParameterizedExchange.group << some).execute()
        GroupDependency.delete().where(GroupDependency.group << some).execute()
        Group.delete().where(Group.name << some).execute()
    ActivityParameter.delete().where(ActivityParameter.database == database).execute()
    DatabaseParameter.delete().where(DatabaseParameter.database == database).execute()
    GroupDependency.delete().where(GroupDependency.group == database).execute()
    Group.delete().where(Group.name == database).execute()


def insert_parameters(payload: Payload, formulas: Mapping[str, Mapping[int, str]]) -> None:
    """Insert the parameters of a database and connect its exchanges with formulas to them.

    Parameters
    ----------
    payload
        The database.
    formulas
        Formulas of exchanges by code of their activity and row id.
    """
    if not payload.parameters:
        return
    from bw2data.parameters import (
        ActivityParameter,
        DatabaseParameter,
        Group,
        GroupDependency,
        ParameterizedExchange,
    )

    insert_rows(
        DatabaseParameter,
        [
            {
                "database": payload.name,
                "name": parameter["name"],
                "amount": parameter["amount"],
                "formula": parameter.get("formula"),
                "data": {k: v for k, v in parameter.items() if k not in _DIRECT},
            }
            for parameter in payload.parameters
        ],
    )
    group = formula_group(payload.name)
    codes = [d["code"] for d in payload.datasets if d["code"] in formulas]
    insert_rows(
        Group,
        [{"name": name, "fresh": True, "order": []} for name in (payload.name, group)],
    )
    insert_rows(GroupDependency, [{"group": group, "depends": payload.name}])
    # bw2data and Activity Browser find the group of an activity by a parameter of that activity
    insert_rows(
        ActivityParameter,
        [
            {
                "group": group,
                "database": payload.name,
                "code": code,
                "name": dummy_name(code),
                "amount": 0.0,
                "data": {},
            }
            for code in codes
        ],
    )
    insert_rows(
        ParameterizedExchange,
        [
            {"group": group, "exchange": identifier, "formula": formula}
            for code in codes
            for identifier, formula in formulas[code].items()
        ],
    )


def formula_group(database: str) -> str:
    """Return the parameter group of all exchanges with formulas of a database.

    One for all: bw2data evaluates all parameters of the database anew for every group, and with
    one group per activity a recalculation takes minutes.
    """
    return f"{database} formulas"


def dummy_name(code: str) -> str:
    """Return the name of the activity parameter that a group needs to exist.

    bw2data names the ones that it makes by itself in the same way.
    """
    return f"__dummy_{uuid.uuid5(uuid.NAMESPACE_OID, code).hex}__"
