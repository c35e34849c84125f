"""What stands in for the rest of the world while Parsl writes its scripts.

The schedulers' commands note what they are asked. Parsl's folders lie in one that is thrown away,
under the very paths that they would have in a run, so that a path needs only its beginning cut off
to be the real one. Classes that would ask other machines do not.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

__all__ = ["ELSEWHERE", "Box", "prepare"]

_SECONDS_FOR_ADDRESS = 3.0

_NOTE = """#!/bin/sh
{ printf '%s\\0' "$PWD" "${0##*/}" "$@"; } > "$Q2PCONF_NOTES/$$.new"
[ $# -gt 0 ] || cat > "$Q2PCONF_NOTES/$$.stdin"
mv "$Q2PCONF_NOTES/$$.new" "$Q2PCONF_NOTES/$$.note"
for file; do :; done
[ $# -eq 0 ] || [ -r "$file" ] || { echo "Unable to open file $file" >&2; exit 1; }
"""
"""Keeps the folder, the command and its arguments, else its standard input. The last argument is
a file, unless a space in its path has made two of it."""

_SUBMIT = {
    "sbatch": 'echo "Submitted batch job $$"\n',
    "qsub": 'case " $* " in *" -terse "*) echo $$ ;; *) echo $$.scheduler ;; esac\n',
    "bsub": 'echo "Job <$$> is submitted to queue <normal>."\n',
    "condor_submit": 'echo "Submitting job(s)."; echo "1 job(s) submitted to cluster $$."\n',
}
_QUIET = (
    "bash", "sacct", "squeue", "scancel", "scontrol", "sinfo", "salloc", "srun", "qstat", "qdel",
    "cqsub", "cqstat", "cqdel", "bjobs", "bkill", "condor_q", "condor_rm",
)  # fmt: skip
"""Does nothing. LocalProvider starts its script with the bash on PATH."""

ELSEWHERE = {
    "KubernetesProvider": "it asks Kubernetes for pods, and submits no script",
    "AWSProvider": "it asks Amazon for machines, and submits no script",
    "AzureProvider": "it asks Azure for machines, and submits no script",
    "GoogleCloudProvider": "it asks Google for machines, and submits no script",
    "AdHocProvider": "it starts workers over SSH, and submits no script",
    "SSHChannel": "its jobs are submitted over SSH on another machine, which is not asked here",
    "GlobusComputeExecutor": "its tasks go to Globus Compute, and it submits no script",
    "RadicalPilotExecutor": "RADICAL-Pilot submits its jobs, and Parsl no script",
}
for _name in ("SSHInteractiveLoginChannel", "OAuthSSHChannel"):
    ELSEWHERE[_name] = ELSEWHERE["SSHChannel"]

_BASES = {
    "providers": "LocalProvider",
    "channels": "LocalChannel",
    "executors": "ThreadPoolExecutor",
}


class Box:
    """The folder that is thrown away: below it are Parsl's folders under their real paths."""

    def __init__(self, folder: str, home: str) -> None:
        self.root = os.path.realpath(folder)
        self.home = home
        self.notes = os.path.join(self.root, "notes")

    def inside(self, path: str) -> str:
        """Where a path of a run lies here."""
        full = os.path.abspath(path)
        if full == self.root or full.startswith(self.root + os.sep):
            return full
        return self.root + os.path.abspath(os.path.join(self.home, path))

    def real(self, text: str) -> str:
        """A text with the paths of a run."""
        return text.replace(self.root + os.sep, os.sep).replace(self.root, os.sep)


def prepare(box: Box) -> None:
    """The stand-ins come first on PATH, and nothing of the network takes long."""
    folder = os.path.join(box.root, "stand-ins")
    for path in (folder, box.notes, box.root + box.home):
        os.makedirs(path, exist_ok=True)
    quiet = dict.fromkeys(_QUIET, "#!/bin/sh\nexit 0\n")
    for name, text in {**quiet, **{name: _NOTE + end for name, end in _SUBMIT.items()}}.items():
        with open(os.path.join(folder, name), "w") as stream:
            stream.write(text)
        os.chmod(os.path.join(folder, name), 0o755)
    os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", os.defpath)
    os.environ["Q2PCONF_NOTES"] = box.notes
    os.environ["RES_OPTIONS"] = "timeout:1 attempts:1"
    os.chdir(box.root + box.home)
    _limit_requests()
    _replace_classes()


def _limit_requests() -> None:
    """Parsl asks a server for this machine's address, and would wait for half a minute."""
    requests = importlib.import_module("requests")
    get = requests.get

    def soon(*words: Any, **named: Any) -> Any:
        return get(*words, **{**named, "timeout": _SECONDS_FOR_ADDRESS})

    setattr(requests, "get", soon)  # noqa: B010


def _replace_classes() -> None:
    """What would ask other machines as soon as it is made is made as something that does not."""
    for package, base in _BASES.items():
        try:
            module = importlib.import_module("parsl." + package)
        except ModuleNotFoundError:
            continue
        for name in set(ELSEWHERE) & set(getattr(module, "__all__", ())):
            setattr(module, name, _stand_in(name, getattr(module, base)))


def _stand_in(name: str, base: Any) -> Any:
    def make(self: Any, *_: Any, **named: Any) -> None:
        label = {"label": named["label"]} if "label" in named and base_is_executor else {}
        base.__init__(self, **label)

    base_is_executor = base.__name__ == _BASES["executors"]
    return type(name, (base,), {"__init__": make, "q2pconf_stand_in": True})
