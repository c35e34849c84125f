"""Stand-ins for the schedulers' and launchers' commands: small scripts that keep what they get.

``submit/`` goes first on PATH while Parsl submits: each command notes its arguments and answers
as the real one would.  ``run/`` is the whole PATH of a job's script: launchers that only start
their command, and a worker pool that notes its arguments.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_TASKS = 64  # a launcher asked for a million tasks starts this many

_NOTE = """#!/bin/bash
note() {
    [ -n "$JUDGE_NOTES" ] || return 0
    printf '%s\\0' "${0##*/}" "$PWD" "$@" > "$JUDGE_NOTES/note.$$"
}
"""

# sbatch reads the file it is given, the first argument that is no option.
_SBATCH = (
    _NOTE
    + """
note "$@"
if [ ! -r "$1" ]; then
    echo "sbatch: error: Unable to open file $1" >&2; exit 1
fi
text=$(<"$1")
if [[ $text == *$'\\r\\n'* ]]; then
    echo "sbatch: error: Batch script contains DOS line breaks (\\\\r\\\\n)" >&2
    echo "sbatch: error: instead of expected UNIX line breaks (\\\\n)." >&2; exit 1
fi
if [[ $text != '#!'* ]]; then
    echo "sbatch: error: This does not look like a batch script." >&2; exit 1
fi
echo "Submitted batch job 4242"
"""
)

# The option letters that take a value, over PBS, Torque, Grid Engine and Cobalt.
_QSUB = (
    _NOTE
    + """
note "$@"
terse=
while [ $# -gt 0 ]; do
    case $1 in
        -terse) terse=1; shift ;;
        -q) case $2 in -*) echo "qsub: unknown queue \"$2\"" >&2; exit 1 ;; esac
            shift 2 || { echo "qsub: option needs a value" >&2; exit 2; } ;;
        -[AntlNoSejW]) shift 2 || { echo "qsub: option needs a value" >&2; exit 2; } ;;
        -*) shift ;;
        *) break ;;
    esac
done
if [ ! -r "$1" ]; then
    echo "qsub: script file '$1' cannot be loaded - No such file or directory" >&2; exit 1
fi
if [ -n "$terse" ]; then echo 4242; else echo 4242.judge; fi
"""
)

_BSUB = (
    _NOTE
    + """
note "$@"
if [ $# -eq 0 ]; then cat > "$JUDGE_NOTES/stdin"; fi
echo "Job <4242> is submitted to queue <normal>."
"""
)

# Every line of a submit description is a comment, a queue statement or an assignment.
_CONDOR_SUBMIT = (
    _NOTE
    + """
note "$@"
if [ $# -ne 1 ] || [ ! -r "$1" ]; then
    echo "ERROR: Failed to open command file ($*) (No such file or directory)" >&2; exit 1
fi
number=0
while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*($|#|[Qq]ueue|if|else|elif|endif|include|use) ]] && continue
    [[ $line == *=* ]] && continue
    echo "ERROR: Failed to parse command file (line $number)." >&2; exit 1
done < "$1"
echo "Submitting job(s)."
echo "1 job(s) submitted to cluster 4242."
"""
)

# LocalProvider starts its script with bash from PATH, in the background.
_KEEP_BASH = _NOTE + 'note "$@"\n'
_QUIET = "#!/bin/sh\nexit 0\n"

_QSTAT = """#!/bin/sh
case $* in
    *json*) echo '{"Jobs": {"4242.judge": {"job_state": "R"}}}' ;;
    "") echo "4242 0.5 parsl user r 11/21/2026" ;;
    *) echo "4242.judge parsl user 00:00:01 R batch" ;;
esac
"""

_SUBMIT = {
    "sbatch": _SBATCH,
    "qsub": _QSUB,
    "cqsub": _QSUB,
    "bsub": _BSUB,
    "condor_submit": _CONDOR_SUBMIT,
    "bash": _KEEP_BASH,
    "sacct": "#!/bin/sh\necho 4242 RUNNING\n",
    "squeue": "#!/bin/sh\necho 4242 R\n",
    "qstat": _QSTAT,
    "cqstat": _QSTAT,
    "bjobs": "#!/bin/sh\necho 4242 RUN\n",
    "condor_q": "#!/bin/sh\necho 4242.0 2\n",
    **dict.fromkeys(("scancel", "scontrol", "qdel", "bkill", "condor_rm"), _QUIET),
}

_POOL = """#!/bin/bash
printf '%s\\0' "$PARSL_CORES" "$PARSL_MEMORY_GB" "$@" > "$JUDGE_NOTES/pool.$$"
"""

# srun, aprun, mpiexec, mpirun, jsrun: the last two arguments are the shell and its script.
_LAUNCHER = f"""#!/bin/bash
tasks=1
arguments=("$@")
for ((i = 0; i < $# - 2; i++)); do
    case "${{0##*/}} ${{arguments[i]}}" in
        "srun --ntasks" | "srun -n" | "srun --nodes" | "aprun -n" | "jsrun -n" | "mpiexec -n" \\
        | "mpirun -np") tasks=${{arguments[i + 1]}} ;;
    esac
done
[[ $tasks =~ ^[0-9]+$ ]] && ((tasks > 0)) || {{ echo "${{0##*/}}: bad task count" >&2; exit 1; }}
((tasks > {MOST_TASKS})) && tasks={MOST_TASKS}
command=("${{arguments[@]: -2}}")
case ${{command[0]}} in
    /*sh) [ -x "${{command[0]}}" ] || command[0]=bash ;;
esac
for ((i = 0; i < tasks; i++)); do "${{command[@]}}" & done
wait
"""

_PARALLEL = f"""#!/bin/bash
count=0
while IFS= read -r line && ((count++ < {MOST_TASKS})); do sh -c "$line" & done
wait
"""

_SEQ = f"""#!/bin/bash
{shutil.which("seq")} "$@" | {shutil.which("head")} -n {MOST_TASKS}
"""

# A prefix such as "singularity exec image" need not be installed here.
UNKNOWN_COMMAND = """() {
    printf '%s\\n' "$1" >> "$JUDGE_NOTES/unknown"
    while [ $# -gt 0 ]; do
        [ "$1" = process_worker_pool.py ] && { "$@"; return; }
        shift
    done
    return 127
}"""

_RUN = {
    "process_worker_pool.py": _POOL,
    "parallel": _PARALLEL,
    "seq": _SEQ,
    "sleep": _QUIET,
    "work_queue_worker": _QUIET,
    **dict.fromkeys(("srun", "aprun", "mpiexec", "mpirun", "jsrun"), _LAUNCHER),
}
_REAL_WHEN_RUN = ("bash", "sh", "cat", "chmod", "cp", "sort", "getconf", "env", "nice", "timeout")


def install(folder: Path) -> None:
    """Write the stand-ins into ``folder/submit`` and ``folder/run``."""
    for name, scripts in (("submit", _SUBMIT), ("run", _RUN)):
        target = folder / name
        target.mkdir(parents=True)
        for command, text in scripts.items():
            path = target / command
            path.write_text(text)
            path.chmod(0o755)
    for command in _REAL_WHEN_RUN:
        real = shutil.which(command, path=os.defpath)
        if real:
            (folder / "run" / command).symlink_to(real)


def read_note(path: Path) -> list[str]:
    """The NUL-separated words of a note."""
    return path.read_bytes().decode(errors="replace").split("\0")[:-1]
