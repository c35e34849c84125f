"""A typed, lenient view of a configuration: a value of the wrong type counts as absent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

from q2pconf._dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from q2pconf.findings import KeyPath
    from q2pconf.schema import Schema

__all__ = ["BATCH", "POOLS", "Config", "Table", "only_mapping"]

BATCH = frozenset(
    {
        "SlurmProvider", "PBSProProvider", "TorqueProvider", "LSFProvider", "GridEngineProvider",
        "CondorProvider", "CobaltProvider",
    }
)  # fmt: skip
"""The providers that ask a scheduler for jobs."""


POOLS = frozenset({"HighThroughputExecutor", "MPIExecutor"})
"""The executors that start worker pools with a command line of their own."""


_BITS = 1023
"""A whole number of more bits may be too large for a float."""


def only_mapping(data: Mapping[str, Any] | None) -> bool:
    """Whether the table [parsl] is there and has at most a mapping."""
    table = (data or {}).get("parsl")
    return isinstance(table, Mapping) and not set(table) - {"executor_mapping"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table that becomes an object of Parsl: an executor, a provider, a launcher, [parsl].

    The getters give the value, else Parsl's default, else None; a value of the wrong type gives
    None, for the schema has said so already.
    """

    path: KeyPath
    class_name: str
    values: Mapping[str, Any]
    spec: Mapping[str, Any]

    def has(self, key: str) -> bool:
        """Whether the file gives this key."""
        return key in self.values

    def knows(self, key: str) -> bool:
        """Whether the class has this key."""
        return key in self.spec.get("properties", {})

    def at(self, key: str) -> KeyPath:
        """The path of one of the table's keys."""
        return (*self.path, key)

    def get(self, key: str) -> Any:
        """The value, else Parsl's default, else None."""
        if key in self.values:
            return self.values[key]
        return self.spec.get("properties", {}).get(key, {}).get("default")

    def text(self, key: str) -> str | None:
        """A string."""
        value = self.get(key)
        return value if isinstance(value, str) else None

    def integer(self, key: str) -> int | None:
        """A whole number; true and false are 1 and 0, as they are for Parsl."""
        value = self.get(key)
        return int(value) if isinstance(value, int) else None

    def number(self, key: str) -> float | None:
        """A number of either kind; a whole one that no float can hold is endless."""
        value = self.get(key)
        if isinstance(value, int) and value.bit_length() > _BITS:
            return math.inf if value > 0 else -math.inf
        return value if isinstance(value, int | float) else None

    def flag(self, key: str) -> bool | None:
        """A boolean."""
        value = self.get(key)
        return value if isinstance(value, bool) else None


@dataclass(frozen=True, kw_only=True)
class Config:
    """The table [parsl] and what hangs below it."""

    table: Table
    schema: Schema
    data: Mapping[str, Any]
    _made: dict[KeyPath, Table] = field(default_factory=dict, repr=False, compare=False)
    """The views that were asked for: nearly every rule asks for each."""
    remembered: dict[KeyPath, tuple[Any, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What ``capacity`` has worked out for an executor, with what it was worked out from."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any], schema: Schema) -> Config:
        """The view of a file's data; never fails, whatever is in them."""
        parsl = data.get("parsl")
        values = parsl if isinstance(parsl, Mapping) else {}
        table = Table(
            path=("parsl",), class_name="Config", values=values, spec=schema.of_class("Config")
        )
        return cls(table=table, schema=schema, data=data)

    @property
    def only_mapping(self) -> bool:
        """Whether [parsl] has nothing that makes a configuration: QIIME 2 then takes the executors
        of the file that it finds by itself."""
        return only_mapping(self.data)

    @property
    def strategy(self) -> str | None:
        """The strategy as the loader hands it on: any spelling of none in small letters."""
        value = self.table.text("strategy")
        return value.lower() if value is not None and value.lower() == "none" else value

    def executors(self) -> tuple[Table, ...]:
        """The executors that are tables, in the order of the file."""
        return self._executors

    @cached_property
    def _executors(self) -> tuple[Table, ...]:
        entries = self.table.values.get("executors")
        return tuple(
            self._table(entry, ("parsl", "executors", index))
            for index, entry in enumerate(entries if isinstance(entries, list) else ())
            if isinstance(entry, Mapping)
        )

    def provider(self, executor: Table) -> Table | None:
        """An executor's provider, the one that Parsl takes where the file gives none; None for
        executors without one, and where what stands there is no table."""
        return self._part(executor, "provider")

    def providers(self) -> tuple[Table, ...]:
        """Every provider that the file itself gives."""
        return self._providers

    @cached_property
    def _providers(self) -> tuple[Table, ...]:
        given = (self.provider(one) for one in self._executors if one.has("provider"))
        return tuple(provider for provider in given if provider is not None)

    def launcher(self, provider: Table) -> Table | None:
        """A provider's launcher, or Parsl's default for it; None as with ``provider``."""
        return self._part(provider, "launcher")

    def monitoring(self) -> Table | None:
        """The monitoring table, where there is one."""
        return self._part(self.table, "monitoring")

    def labels(self) -> tuple[str, ...]:
        """The labels of all executors, Parsl's default label where the file gives none."""
        found = (executor.text("label") for executor in self.executors())
        return tuple(label for label in found if label is not None)

    def _part(self, owner: Table, key: str) -> Table | None:
        value = owner.get(key)
        if not isinstance(value, Mapping):
            return None
        return self._table(value, owner.at(key))

    def _table(self, values: Mapping[str, Any], path: KeyPath) -> Table:
        made = self._made.get(path)
        if made is None or made.values is not values:
            made = self._made[path] = self._view(values, path)
        return made

    def _view(self, values: Mapping[str, Any], path: KeyPath) -> Table:
        name = values.get("class")
        name = name if isinstance(name, str) else ""
        return Table(path=path, class_name=name, values=values, spec=self.schema.of_class(name))
