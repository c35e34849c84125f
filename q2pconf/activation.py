"""How a job's shell gets into the environment that has QIIME 2."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

from q2pconf.errors import UsageError

__all__ = ["active", "doubt", "lines", "none", "others"]

_PROGRAM = "process_worker_pool.py"
"""What a job starts; Parsl brings it."""

_ENTERING = re.compile(
    r"\b(?:conda|mamba|micromamba)\S* (?:activate|shell)\b|\bconda\.sh\b|/bin/activate\b"
    rf"|^(?:command -v |test .*command -v ){_PROGRAM}|^true$"
)


def active(env: Mapping[str, str]) -> str | None:
    """The environment that is active here: of conda its folder, of Python its folder."""
    return env.get("CONDA_PREFIX") or env.get("VIRTUAL_ENV") or None


def none(env: Mapping[str, str]) -> dict[str, str]:
    """The variables as they are where no environment is active."""
    return {key: env[key] for key in env if key not in ("CONDA_PREFIX", "VIRTUAL_ENV")}


def lines(environment: str, env: Mapping[str, str]) -> list[str]:
    """What a shell that is not interactive has to do to be in this environment, by name or folder.

    Such a shell reads no start-up files of the person, so conda's own functions are loaded first.
    The last line ends the job with a message where the environment has no Parsl.
    """
    place = _place(environment, env)
    return [*_enter(place, env), _verify(place)]


def others(commands: str) -> str:
    """The commands of a job without those that get into an environment.

    Of a line of several commands the others stay; comments, and lines of ``if`` and the like, stay
    as they are.
    """
    plain = re.sub(
        rf"(?m)^export PATH=.*\n(?=(?:command -v |test .*command -v ){_PROGRAM})", "", commands
    )
    blocks = _has_blocks(plain)
    kept = []
    for line in plain.splitlines():
        inside = blocks and line.startswith((" ", "\t"))
        if inside or line.lstrip().startswith("#") or not _ENTERING.search(line):
            kept.append(line)
        elif _PROGRAM not in line:
            kept.append("; ".join(one for one in _commands(line) if not _ENTERING.search(one)))
    return "\n".join(line for line in kept if line.strip())


def _commands(line: str) -> list[str]:
    """The commands of a line that are joined by && and ;, quotes heeded."""
    words = shlex.shlex(line, posix=False, punctuation_chars=";&")
    words.whitespace_split = True
    found: list[list[str]] = [[]]
    try:
        for word in words:
            if word in (";", "&&"):
                found.append([])
            else:
                found[-1].append(word)
    except ValueError:
        return [line]
    return [" ".join(one) for one in found if one]


def _has_blocks(commands: str) -> bool:
    """Whether the commands have if, for, while or case, whose parts cannot be taken out."""
    return re.search(r"(?m)^\s*(?:if|for|while|case)\b", commands) is not None


def doubt(environment: str, env: Mapping[str, str]) -> str | None:
    """Why jobs would end at once in this environment, as far as can be seen from here.

    Raises UsageError for a file where a folder or a name is wanted.
    """
    import shutil

    place = _place(environment, env)
    if not os.path.isabs(place):
        tools = ("CONDA_EXE", "MAMBA_EXE")
        if any(env.get(tool) for tool in tools) or shutil.which("conda", path=env.get("PATH", "")):
            return None
        return f"no conda was found here to activate {place}; give the folder of the environment"
    if os.path.isfile(place):
        near = os.path.dirname(place)
        near = os.path.dirname(near) if os.path.basename(near) == "bin" else near
        raise UsageError(f"--environment: {place} is a file; did you mean the folder {near}?")
    if not os.path.isdir(place):
        return f"there is no folder {place} here; the compute nodes must have it"
    if not os.path.exists(os.path.join(place, "bin", _PROGRAM)):
        return f"the environment {place} has no Parsl, so its jobs would end at once"
    return None


def _place(environment: str, env: Mapping[str, str]) -> str:
    """A folder as the job finds it from wherever it starts; a name as it is."""
    home = env.get("HOME")
    if environment.startswith("~/") and home:
        environment = os.path.join(home, environment[2:])
    return os.path.abspath(environment) if os.sep in environment else environment


def _enter(environment: str, env: Mapping[str, str]) -> list[str]:
    quoted = shlex.quote(environment)
    if os.path.isfile(os.path.join(environment, "pyvenv.cfg")):
        return [f"source {shlex.quote(os.path.join(environment, 'bin', 'activate'))}"]
    program = env.get("CONDA_EXE", "")
    if program:
        root = os.path.dirname(os.path.dirname(program))
        script = os.path.join(root, "etc", "profile.d", "conda.sh")
        return [f"source {shlex.quote(script)}", f"conda activate {quoted}"]
    mamba = env.get("MAMBA_EXE", "")
    if mamba:
        name = re.sub(r"\W", "", os.path.basename(mamba)) or "micromamba"
        hook = f'eval "$({shlex.quote(mamba)} shell hook --shell bash)"'
        return [hook, f"{name} activate {quoted}"]
    if os.path.isabs(environment):
        return [f"export PATH={shlex.quote(os.path.join(environment, 'bin'))}:$PATH"]
    return ['eval "$(conda shell.bash hook)"', f"conda activate {quoted}"]


def _verify(environment: str) -> str:
    told = shlex.quote(f"no Parsl in the environment {environment}: the job ends here")
    test = f"command -v {_PROGRAM} > /dev/null"
    if os.path.isabs(environment):
        own = shlex.quote(os.path.join(environment, "bin", _PROGRAM))
        test = f'test "$(command -v {_PROGRAM})" -ef {own}'
    return f"{test} || {{ echo {told} >&2; exit 1; }}"
