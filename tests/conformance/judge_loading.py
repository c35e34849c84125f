"""Parsl's objects as a release's own loader builds them, beside those that q2pconf's agent builds.

``python judge_loading.py < request.json > answer.json`` with the Python of the release's
environment. The request has the "agent" (the folder of its files), the "question" that q2pconf
asks it, without a path, and the "files". Of each file the answer says what came of it "there", and
what "here": by the file, by its data alone, and by the framework where the question names one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import tomlkit
from judge_family import Family
from judge_model import describe

_DEEPEST = 12
_PLAIN = (str, int, float, bool, bytes, type(None))


def main() -> None:
    """Build every file in each way."""
    request = json.load(sys.stdin)
    question = request["question"]
    sys.path.append(request["agent"])
    os.environ.pop("QIIMETEST", None)
    family = Family(question["release"])
    family.isolate()
    json.dump([_of(file, question, family) for file in request["files"]], sys.stdout)


def _of(file: str, question: dict[str, Any], family: Family) -> dict[str, Any]:
    import loading  # type: ignore[import-not-found]

    def there() -> tuple[Any, Any]:
        built: tuple[Any, Any] = family.loader.build(family.loader.read(file))
        return built

    def here(**changed: Any) -> tuple[Any, Any]:
        own = {"path": file, "data": None, "framework": None, **changed}
        config, mapping, _ = loading.load({**question, **own})
        return config, mapping

    answer = {"there": _outcome(there), "file": _outcome(here)}
    if isinstance(answer["there"], dict):
        with open(file) as stream:
            data = tomlkit.load(stream).unwrap()
        answer["data"] = _outcome(lambda: here(path=None, data=data))
    if question["framework"]:
        answer["framework"] = _outcome(lambda: here(framework=question["framework"]))
    return answer


def _outcome(build: Callable[[], tuple[Any, Any]]) -> Any:
    """The objects in words, or the exception."""
    try:
        config, mapping = build()
    except Exception as error:
        return describe(error)
    plain = getattr(mapping, "unwrap", lambda: mapping)()
    return {"config": _words(config, 0), "mapping": plain}


def _words(value: Any, depth: int) -> Any:
    """A value with its type: what Parsl is given and its objects, down to their last attribute."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, _PLAIN):
        return f"{name} {value!r}"
    if depth > _DEEPEST:
        return name
    if isinstance(value, dict):
        return {f"{key!r}": _words(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [name, *(_words(each, depth + 1) for each in value)]
    if kind.__module__.startswith(("parsl.", "rachis.", "qiime2.")) and hasattr(value, "__dict__"):
        inside = {key: _words(each, depth + 1) for key, each in vars(value).items()}
        return {"": name, **inside}
    return name


if __name__ == "__main__":
    main()
