"""_dataclasses: classes that cannot be told from the standard library's, made with less work."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from typing import Any

import pytest

from q2pconf import _dataclasses


def point(room: Any, **options: bool) -> Any:
    class Point:
        x: int
        y: int = 2
        tags: list[str] = room.field(default_factory=list)
        note: str | None = room.field(default=None, repr=False, compare=False)

        @property
        def both(self) -> tuple[int, int]:
            return self.x, self.y

    return room.dataclass(**options)(Point)


OPTIONS = [
    {}, {"frozen": True}, {"frozen": True, "kw_only": True}, {"kw_only": True, "slots": True},
    {"slots": True}, {"frozen": True, "kw_only": True, "slots": True},
]  # fmt: skip
each_kind = pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options))


@each_kind
def test_same_as_the_standard_library(options: dict[str, bool]) -> None:
    own, standard = point(_dataclasses, **options), point(dataclasses, **options)
    one, other = own(x=1, note="n"), standard(x=1, note="n")
    assert repr(one) == repr(other)
    assert (one.x, one.y, one.tags, one.note, one.both) == (1, 2, [], "n", (1, 2))
    assert one == own(x=1)
    assert one != own(x=2)
    assert one != other
    assert own.__match_args__ == standard.__match_args__
    assert hasattr(one, "__dict__") is hasattr(other, "__dict__")
    assert (own.__hash__ is None) is (standard.__hash__ is None)
    assert own(x=1).tags is not own(x=1).tags
    assert _dataclasses.replace(one, x=5) == dataclasses.replace(one, x=5) == own(x=5)
    assert _dataclasses.replace(other, x=5) == standard(x=5)
    assert dataclasses.is_dataclass(own)
    assert dataclasses.asdict(one) == dataclasses.asdict(other)
    assert [f.name for f in dataclasses.fields(own)] == ["x", "y", "tags", "note"]
    assert [f.compare for f in dataclasses.fields(own)] == [True, True, True, False]
    assert copy.deepcopy(one) == one


@each_kind
def test_same_refusals(options: dict[str, bool]) -> None:
    for room in (_dataclasses, dataclasses):
        cls = point(room, **options)
        with pytest.raises(TypeError, match=r"Point\.__init__\(\) missing 1 required"):
            cls()
        with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
            cls(x=1, z=2)
        if options.get("kw_only"):
            with pytest.raises(TypeError, match="takes 1 positional argument"):
                cls(1)
        else:
            assert cls(1, 3).both == (1, 3)
        if options.get("frozen"):
            one = cls(x=1)
            with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
                one.x = 2
            with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
                del one.x


def test_the_hundredth_object_is_as_the_first() -> None:
    for options in OPTIONS:
        cls = point(_dataclasses, **options)
        assert len({repr(cls(x=1, tags=["t"])) for _ in range(100)}) == 1
        with pytest.raises(TypeError, match="missing 1 required"):
            cls()


def test_hash_goes_by_what_is_compared() -> None:
    @_dataclasses.dataclass(frozen=True, slots=True)
    class Key:
        name: str
        note: str = _dataclasses.field(default="", compare=False)

    assert hash(Key("a", "b")) == hash(Key("a"))
    assert len({Key("a"), Key("a", "b"), Key("b")}) == 2


@_dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """At the top of a module, where pickle finds it."""

    name: str
    more: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.name


def test_pickles_and_keeps_its_own_methods() -> None:
    one = Kept(name="a", more=(1,))
    assert pickle.loads(pickle.dumps(one)) == one
    assert str(one) == "a"
    assert Kept.__doc__ == "At the top of a module, where pickle finds it."


def test_a_base_is_refused() -> None:
    with pytest.raises(TypeError, match="has a base"):

        @_dataclasses.dataclass
        class Child(Kept):
            other: int = 0


def test_standard_module_is_not_imported_for_it() -> None:
    code = (
        "import sys; from q2pconf._dataclasses import dataclass, field, replace\n"
        "@dataclass(frozen=True)\nclass A:\n x: int = field(default=1)\n"
        "assert replace(A(), x=2) == A(x=2)\n"
        "sys.exit('dataclasses' in sys.modules or 'inspect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
