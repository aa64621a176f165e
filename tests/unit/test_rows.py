"""Rows inserted at once are those that peewee inserts."""

from __future__ import annotations

import itertools
from typing import Any

import peewee

from bw_tinyml.brightway.rows import insert_rows

ROWS = [{"name": "a", "data": [1, "x"]}, {"name": "b", "amount": 2.5, "fresh": False}]


def model() -> Any:
    """A table with what bw2data's tables have: own ids, defaults, values that are encoded."""
    turn = itertools.count(1)

    class Encoded(peewee.BlobField):
        def db_value(self, value: Any) -> Any:
            return super().db_value(repr(value).encode())

    class Thing(peewee.Model):
        name = peewee.TextField(column_name="called")
        amount = peewee.FloatField(null=True)
        fresh = peewee.BooleanField(default=True)
        data = Encoded(default={})
        number = peewee.IntegerField(default=lambda: next(turn))

        class Meta:
            database = peewee.SqliteDatabase(":memory:")

    Thing.create_table()
    return Thing


def content(table: Any) -> list[tuple[object, ...]]:
    return list(table.select().order_by(table.id).tuples())


def test_same_rows_as_peewee() -> None:
    ours, theirs = model(), model()
    insert_rows(ours, ROWS)
    for row in ROWS:
        theirs.insert(row).execute()
    assert content(ours) == content(theirs)
    assert len(content(ours)) == 2


def test_ids_are_kept_or_given() -> None:
    table = model()
    insert_rows(table, [{"id": 7, "name": "a"}, {"name": "b"}])
    insert_rows(table, [])
    assert [row[:2] for row in content(table)] == [(7, "a"), (8, "b")]


def test_a_transaction_takes_them_back() -> None:
    table = model()
    with table._meta.database.atomic() as transaction:
        insert_rows(table, ROWS)
        transaction.rollback()
    assert content(table) == []
