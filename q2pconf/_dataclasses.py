"""The standard library's dataclasses, without what they cost when a program starts.

Used just as those: the same decorator, and ``dataclasses.replace``, ``fields``, ``asdict`` and
``is_dataclass`` take its classes. But code is generated only for a class of which many objects are
made, and the standard module, with ``inspect`` behind it, is imported only where somebody asks for
it. A command makes few objects of few of the classes that it imports; ``which`` and ``validate``
would take about a sixth longer with the standard library's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["dataclass", "field", "replace"]

_MISSING = object()


class _Field:
    """What is known of a field beside its name."""

    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(
        self,
        *,
        default: object = _MISSING,
        default_factory: Any = _MISSING,
        repr: bool = True,  # noqa: A002 - the standard library's name
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.repr = repr
        self.compare = compare

    @property
    def has_default(self) -> bool:
        return self.default is not _MISSING or self.default_factory is not _MISSING

    def new_default(self) -> Any:
        """The value of an object that is not given one."""
        return self.default if self.default_factory is _MISSING else self.default_factory()

    def options(self) -> dict[str, Any]:
        """The same as arguments of ``dataclasses.field``."""
        given = {"repr": self.repr, "compare": self.compare}
        for name in ("default", "default_factory"):
            if getattr(self, name) is not _MISSING:
                given[name] = getattr(self, name)
        return given


def _dataclass(
    cls: type | None = None, /, *, frozen: bool = False, kw_only: bool = False, slots: bool = False
) -> Any:
    """``dataclasses.dataclass`` with the options that are used here; for classes without a base."""

    def make(cls: type) -> type:
        fields = _fields_of(cls)
        members = _members(cls, fields, frozen=frozen)
        members["__record__"] = fields
        members["__match_args__"] = () if kw_only else tuple(fields)
        members["__init__"] = _first_init(fields, frozen=frozen, kw_only=kw_only)
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            members[name] = _Standard(name, frozen=frozen, kw_only=kw_only)
        for name in fields:
            if name in cls.__dict__:
                delattr(cls, name)
            if not slots and fields[name].default is not _MISSING:
                members[name] = fields[name].default
        if slots:
            return _with_slots(cls, fields, members, frozen=frozen)
        for name, member in members.items():
            setattr(cls, name, member)
        return cls

    return make if cls is None else make(cls)


def _replace(one: Any, /, **changes: Any) -> Any:
    """A copy with these fields changed, as ``dataclasses.replace``."""
    fields = getattr(type(one), "__record__", None)
    if fields is None:
        import dataclasses

        return dataclasses.replace(one, **changes)
    for name in fields:
        if name not in changes:
            changes[name] = getattr(one, name)
    return type(one)(**changes)


def _fields_of(cls: type) -> dict[str, _Field]:
    if cls.__bases__ != (object,):
        raise TypeError(f"{cls.__name__} has a base: use the standard library's dataclass")
    found = {}
    for name in cls.__annotations__:
        value = cls.__dict__.get(name, _MISSING)
        found[name] = value if isinstance(value, _Field) else _Field(default=value)
    return found


def _members(cls: type, fields: dict[str, _Field], *, frozen: bool) -> dict[str, Any]:
    """The methods that need no code of their own for each class."""
    shown = [name for name, one in fields.items() if one.repr]
    compared = [name for name, one in fields.items() if one.compare]

    def __repr__(self: Any) -> str:  # noqa: N807
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({values})"

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in compared)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(tuple(getattr(self, name) for name in compared))

    def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807
        raise _frozen(f"cannot assign to field {name!r}")

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        raise _frozen(f"cannot delete field {name!r}")

    made: dict[str, Any] = {"__repr__": __repr__, "__eq__": __eq__, "__replace__": _replace}
    made["__hash__"] = __hash__ if frozen else None
    if frozen:
        made |= {"__setattr__": __setattr__, "__delattr__": __delattr__}
    return {name: member for name, member in made.items() if not _defines(cls, name)}


def _defines(cls: type, name: str) -> bool:
    """Whether the class itself has this method (``__eq__`` alone makes Python add a None)."""
    return cls.__dict__.get(name) is not None


def _frozen(text: str) -> Exception:
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(text)


def _first_init(fields: dict[str, _Field], *, frozen: bool, kw_only: bool) -> Callable[..., None]:
    """An ``__init__`` that does for a few objects, and then makes the real one."""
    needed = {name for name, one in fields.items() if not one.has_default}
    left = _FEW

    def __init__(self: Any, *args: Any, **values: Any) -> None:  # noqa: N807
        nonlocal left
        left -= 1
        if left and not args and needed <= values.keys() <= fields.keys():
            for name, one in fields.items():
                value = values[name] if name in values else one.new_default()
                object.__setattr__(self, name, value)
            if hasattr(self, "__post_init__"):
                self.__post_init__()
            return
        # Many objects, or a call that the real one refuses with the right words.
        cls = type(self)
        cls.__init__ = _init(cls, fields, frozen=frozen, kw_only=kw_only)
        cls.__init__(self, *args, **values)

    return __init__


_FEW = 20


def _init(
    cls: type, fields: dict[str, _Field], *, frozen: bool, kw_only: bool
) -> Callable[..., None]:
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    parameters, body = ["self"], []
    if kw_only and fields:
        parameters.append("*")
    for name, one in fields.items():
        value = name
        if one.default_factory is not _MISSING:
            names[f"_make_{name}"] = one.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif one.default is not _MISSING:
            names[f"_default_{name}"] = one.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    text = f"def __init__({', '.join(parameters)}):\n " + ("\n ".join(body) or "pass")
    exec(text, names)
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _with_slots(
    cls: type, fields: dict[str, _Field], members: dict[str, Any], *, frozen: bool
) -> type:
    """The class anew, with slots: they cannot be added to one that is there."""
    names = tuple(fields)
    content = {name: value for name, value in cls.__dict__.items() if name not in _OF_DICT}
    content |= members
    content["__slots__"] = names
    if frozen:

        def __getstate__(self: Any) -> list[Any]:  # noqa: N807
            return [getattr(self, name) for name in names]

        def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        content |= {"__getstate__": __getstate__, "__setstate__": __setstate__}
    made = type(cls.__name__, cls.__bases__, content)
    made.__qualname__ = cls.__qualname__
    return made


_OF_DICT = ("__dict__", "__weakref__")


class _Standard:
    """``__dataclass_fields__`` and ``__dataclass_params__``, made when somebody asks."""

    def __init__(self, name: str, *, frozen: bool, kw_only: bool) -> None:
        self.name = name
        self.frozen = frozen
        self.kw_only = kw_only

    def __get__(self, _: object, owner: Any) -> Any:
        import dataclasses

        fields = [
            (name, owner.__annotations__[name], dataclasses.field(**one.options()))
            for name, one in owner.__record__.items()
        ]
        standard = dataclasses.make_dataclass(
            owner.__name__, fields, frozen=self.frozen, kw_only=self.kw_only
        )
        setattr(owner, self.name, getattr(standard, self.name))
        return getattr(owner, self.name)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
