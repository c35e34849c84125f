"""What people write into scheduler_options and worker_init, as far as it can be read for sure."""

from __future__ import annotations

import re

from q2pconf._dataclasses import dataclass

__all__ = ["Directives", "exported", "gigabytes", "of_condor", "of_pbs", "of_slurm"]

_SLURM = {
    "c": "cpus-per-task", "N": "nodes", "n": "ntasks", "t": "time", "a": "array", "M": "clusters",
}  # fmt: skip
_SLURM_LONG = (
    "cpus-per-task", "nodes", "ntasks", "ntasks-per-node", "time", "array", "mem", "mem-per-cpu",
    "mem-per-gpu", "exclusive", "clusters",
)  # fmt: skip
_UNITS = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class Directives:
    """Options by their long names; ``stops`` where a plain line ends what the scheduler reads."""

    values: dict[str, str]
    stops: bool = False

    def whole(self, key: str) -> int | None:
        """A whole number."""
        value = self.values.get(key, "")
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None


def of_slurm(text: str) -> Directives:
    """The ``#SBATCH`` lines, of which the last one with the same option counts."""
    values: dict[str, str] = {}
    stops = False
    for line in text.splitlines():
        if not line.startswith("#SBATCH") and line.strip() and not line.lstrip().startswith("#"):
            stops = True
        elif re.match(r"#SBATCH\s", line) and not stops:
            values.update(_words_of_slurm(line[len("#SBATCH") :]))
    return Directives(values=values, stops=stops)


def _words_of_slurm(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    words = re.split(r"\s#", line)[0].split()
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if long := re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word):
            name = next((known for known in _SLURM_LONG if known == long[1]), None)
            name = name or next((known for known in _SLURM_LONG if known.startswith(long[1])), "")
            found[name] = long[2] if long[2] is not None else following
        elif short := re.fullmatch(r"-([cNntaM])(.*)", word):
            found[_SLURM[short[1]]] = short[2] or following
    found.pop("", None)
    return found


def of_pbs(text: str) -> Directives:
    """The resources that ``#PBS -l`` lines name, as name → value."""
    values: dict[str, str] = {}
    stops = False
    for line in text.splitlines():
        if not line.startswith("#PBS") and line.strip() and not line.lstrip().startswith("#"):
            stops = True
        elif line.startswith("#PBS") and not stops:
            for resources in re.findall(r"-l\s*(\S+)", line):
                for name, value in re.findall(r"([a-z]+)=([^,:=]*)", resources):
                    values[name] = value
    return Directives(values=values, stops=stops)


def of_condor(text: str) -> Directives:
    """The ``RequestCpus`` and ``RequestMemory`` of a submit description, under their old names."""
    found = re.findall(r"(?im)^\s*request_?(cpus|memory)\s*=\s*(.*?)\s*$", text)
    return Directives(values={name.lower(): value for name, value in found})


def gigabytes(text: str, unit: str) -> float | None:
    """A size such as 96gb, 64G or 4096 (of ``unit``: b, k, m or g) in GB, that is GiB."""
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?)i?b?", text.strip(), re.IGNORECASE)
    if found is None:
        return None
    power = _UNITS[found[2].lower() or ("" if re.search(r"b$", text, re.I) else unit)]
    return float(found[1]) * 1024.0 ** (power - 3)


def exported(name: str, script: str) -> str | None:
    """The value of a script's last ``export NAME=value``; "" where not plain, None where none."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    if not any(re.search(rf"\b{name}\b", line) for line in lines):
        return None
    last = [line for line in lines if re.search(rf"\b{name}\b", line)][-1]
    found = re.search(rf"(?:^|[;&])\s*export\s+{name}=[\"']?([0-9.]+)[\"']?\s*(?:$|[;&#])", last)
    return found[1] if found else ""
