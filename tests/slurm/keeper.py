"""Starts a Slurm of this user's own, keeps it while it is wanted, and leaves nothing behind.

``python tests/slurm/keeper.py`` says how to use it and keeps it until Ctrl-C or SIGTERM;
``python tests/slurm/keeper.py --stdin``, as the tests call it, until its standard input ends.

Everything is in one temporary folder: key and socket of munge, configuration, state, logs. The
two nodes are both this machine and claim more than it has, so that jobs of the usual sizes run.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil

NODES = ("node1", "node2")
CPUS = 16
MEMORY_MB = 65536

CLIENTS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
DAEMONS = ("munged", "slurmctld", "slurmd")
SECONDS = 30

CONFIGURATION = """\
ClusterName=q2pconf
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
MailProg={true}
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
KillWait=2
DefMemPerCPU={memory_per_cpu}
NodeName=DEFAULT RealMemory={memory}
NodeName=DEFAULT CPUs={cpus} Boards=1 SocketsPerBoard=1 CoresPerSocket={cpus} ThreadsPerCore=1
{nodes}
PartitionName=short Nodes={all_nodes} Default=YES MaxTime=1:00:00 State=UP
PartitionName=long Nodes={all_nodes} MaxTime=2-00:00:00 State=UP
PartitionName=closed Nodes={all_nodes} State=DOWN
"""


class CannotStartError(Exception):
    """Why there is no Slurm."""


def main() -> int:
    """Keep a Slurm until the person, or whoever holds our standard input, has had enough."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    _adopt_orphans()
    try:
        with ExitStack() as ending:
            folder = Path(tempfile.mkdtemp(prefix="q2pconf-slurm-"))
            ending.callback(shutil.rmtree, folder, ignore_errors=True)
            ending.callback(end_children)
            ending.callback(_no_more_signals)
            start(folder)
            print(f"export SLURM_CONF={folder}/slurm.conf\n# to end it: kill {os.getpid()}")
            sys.stdout.flush()
            keep([sys.stdin] if "--stdin" in sys.argv[1:] else [])
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def start(folder: Path) -> None:
    """Start munge, the controller and the nodes, and wait until the nodes are idle."""
    found = find_programs()
    conf = prepare(folder, found["slurmd"])
    daemons: list[subprocess.Popen[bytes]] = []

    def started(name: str, *command: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            nothing = subprocess.DEVNULL
            daemons.append(
                subprocess.Popen(command, cwd=folder, stdin=nothing, stdout=log, stderr=log)
            )

    def answer() -> str:
        return _output([found["sinfo"], "--noheader", "--Node", "--format=%t"], conf)

    files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid"}
    options = [f"--{name}={folder / file}" for name, file in {**files, "seed-file": "seed"}.items()]
    started("munged", found["munged"], "--foreground", "--force", *options)
    _until(folder, daemons, (folder / "munge.socket").exists)
    started("slurmctld", found["slurmctld"], "-D", "-f", str(conf))
    _until(folder, daemons, lambda: answer() != "")
    for node in NODES:
        started(node, found["slurmd"], "-D", "-f", str(conf), "-N", node)
    _until(folder, daemons, lambda: set(answer().split()) == {"idle"})


def prepare(folder: Path, slurmd: str) -> Path:
    """Write what munge and Slurm need to find; gives the path of slurm.conf."""
    # Munge wants that other users could reach its socket, and that nobody else can read its key.
    folder.chmod(0o711)
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    for name in ("state", *NODES):
        (folder / name).mkdir()
    groups = f"CgroupPlugin={_control_groups(slurmd)}\n"
    (folder / "cgroup.conf").write_text(groups, encoding="utf-8")
    conf = folder / "slurm.conf"
    conf.write_text(configuration(folder), encoding="utf-8")
    return conf


def find_programs() -> dict[str, str]:
    """Where the programs are; the daemons may be outside an ordinary user's PATH."""
    path = os.environ.get("PATH", os.defpath)
    places = dict.fromkeys(CLIENTS, path) | dict.fromkeys(DAEMONS, f"{path}:/usr/sbin:/sbin")
    found = {name: shutil.which(name, path=where) for name, where in places.items()}
    missing = [name for name, where in found.items() if where is None]
    if missing:
        raise CannotStartError(
            f"the tests marked slurm run on a real Slurm, but there is no {', '.join(missing)}: "
            "install the package slurm-wlm (Debian and Ubuntu: apt-get install slurm-wlm)"
        )
    return {name: where for name, where in found.items() if where is not None}


def configuration(folder: Path) -> str:
    """The text of slurm.conf, with ports that are free now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in ("controller", *NODES)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        controller_port, *ports = [each.getsockname()[1] for each in sockets]
    host = socket.gethostname().partition(".")[0]
    lines = [
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
        for name, port in zip(NODES, ports, strict=True)
    ]
    return CONFIGURATION.format(
        all_nodes=",".join(NODES),
        controller_port=controller_port,
        cpus=CPUS,
        folder=folder,
        host=host,
        memory=MEMORY_MB,
        memory_per_cpu=MEMORY_MB // CPUS,
        nodes="\n".join(lines),
        true=shutil.which("true"),
        user=os.getuid(),
    )


def keep(held: list[TextIO]) -> None:
    """Wait until what is held ends, or for ever; be to orphans the parent that they need."""
    while True:
        ready, _, _ = select.select(held, [], [], 0.2)
        if ready and not os.read(ready[0].fileno(), 1024):
            return
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def end_children() -> None:
    """End the daemons, and whatever is left of their jobs; what they would save is not wanted."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=1)


def _control_groups(slurmd: str) -> str:
    """What has Slurm look for no control groups: a container has none that it could use."""
    told = subprocess.run([slurmd, "-V"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)\.(\d+)", told)
    since = (23, 2)
    known = version is None or (int(version[1]), int(version[2])) >= since
    return "disabled" if known else "cgroup/v1"


def _adopt_orphans() -> None:
    """Become the parent of each descendant whose own parent ends: a job's steps are such."""
    set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _no_more_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _until(folder: Path, daemons: list[subprocess.Popen[bytes]], met: Callable[[], bool]) -> None:
    """Wait until this holds; where it does not come to be, say what the daemons wrote."""
    deadline = time.monotonic() + SECONDS
    while not met():
        ended = any(daemon.poll() is not None for daemon in daemons)
        if ended or time.monotonic() > deadline:
            logs = [
                f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
                for log in sorted(folder.glob("*.log"))
            ]
            why = "a daemon ended" if ended else f"not ready after {SECONDS} s"
            raise CannotStartError("\n".join([f"Slurm did not start: {why}.", *logs]))
        time.sleep(0.02)


def _output(command: list[str], conf: Path) -> str:
    """What a command of Slurm prints; nothing where it fails."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "SLURM_CONF": str(conf)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
