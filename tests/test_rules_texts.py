"""rules.texts and rules.places: what was never filled in, or is read otherwise than meant."""

from __future__ import annotations

import pytest

from q2pconf import validate
from q2pconf.findings import Finding

EXECUTOR = """{top}
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "default"
max_workers_per_node = 1
{executor}
[parsl.executors.provider]
class = "{provider_class}"
{provider}
"""


def found(
    code: str,
    *,
    top: str = "",
    executor: str = "",
    provider: str = "",
    provider_class: str = "SlurmProvider",
    release: str = "2026.4",
) -> list[Finding]:
    """The findings of one code in a file with these lines."""
    text = EXECUTOR.format(
        top=top, executor=executor, provider=provider, provider_class=provider_class
    )
    report = validate(text, release)
    return [finding for finding in report.findings if finding.code == code]


def severities(findings: list[Finding]) -> list[str]:
    return [finding.severity.value for finding in findings]


@pytest.mark.parametrize(
    ("line", "placeholder"),
    [
        ('account = "<your-account>"', "<your-account>"),
        ('account = "YOUR_ALLOCATION"', "YOUR_ALLOCATION"),
        ('account = "your-lab"', "your-lab"),
        ('account = "CHANGEME"', "CHANGEME"),
        ('account = "change_me"', "change_me"),
        ('account = "MY_ACCOUNT"', "MY_ACCOUNT"),
        ('account = "xxx"', "xxx"),
        ('account = "XXXX"', "XXXX"),
        ('account = "..."', "..."),
        ('account = "TODO"', "TODO"),
        ('worker_init = "conda activate qiime2-<version>"', "<version>"),
        ('worker_init = "source /full/path/to/conda.sh"', "/full/path/to/conda.sh"),
        ('worker_init = "export TMPDIR=/scratch/<user>/tmp"', "<user>"),
        ('scheduler_options = "#SBATCH --account=<account>"', "<account>"),
        ('scheduler_options = "#SBATCH --mail-user=your.name@x.org"', "your.name"),
    ],
)
def test_placeholder(line: str, placeholder: str) -> None:
    (finding,) = found("Q2P140", provider=line)
    assert finding.message == f"a placeholder was left in: {placeholder}"


@pytest.mark.parametrize(
    "line",
    [
        'account = "xx"',
        'account = "p12345"',
        'account = "mylab"',
        'account = "yourba"',
        'worker_init = "cat <in.txt >out.txt"',
        'worker_init = "cat <in>out"',
        'worker_init = "sort < a > b"',
        'worker_init = "diff <(a) <(b)"',
        'worker_init = "cat <<EOF >x\\nEOF"',
        'worker_init = "# conda activate <your-env>\\nmodule load x"',
        'worker_init = "T=$(mktemp -d /tmp/q2.XXXXXX)"',
        'worker_init = "export MY_LAB=1"',
        'worker_init = "source /data/path/tools/x.sh"',
        'scheduler_options = "# put <your-account> here\\n#SBATCH -A lab"',
        r"regex_job_id = 'Submitted batch job (?P<id>\S*)'",
    ],
)
def test_no_placeholder(line: str) -> None:
    assert found("Q2P140", provider=line) == []


def test_placeholder_that_no_job_survives_is_an_error() -> None:
    assert severities(found("Q2P140", provider='partition = "<name>"')) == ["error"]
    broken = 'worker_init = "conda activate <your-env>;"'
    assert severities(found("Q2P140", provider=broken)) == ["error"]
    assert found("Q2P230", provider=broken) == []
    queue = 'queue = "<queue>"'
    assert severities(found("Q2P140", provider=queue, provider_class="PBSProProvider")) == ["error"]
    assert found("Q2P225", provider=queue, provider_class="PBSProProvider") == []


def test_placeholder_that_another_rule_tells_of_is_told_once() -> None:
    for line in ('address = "<ip>"', 'worker_logdir_root = "<folder>"'):
        assert found("Q2P140", executor=line) == []
    assert found("Q2P140", provider='walltime = "<HH:MM:SS>"') == []
    assert found("Q2P140", top='[parsl]\nrun_dir = "<folder>"') == []


@pytest.mark.parametrize("word", ["None", "none", "null", "NIL"])
def test_the_word_none(word: str) -> None:
    (finding,) = found("Q2P141", provider=f'account = "{word}"')
    assert finding.fix is not None
    assert (finding.fix.kind, finding.fix.key) == ("remove", finding.key)
    assert word in (finding.consequence or "")


def test_none_where_it_is_right_or_another_rule_speaks() -> None:
    assert found("Q2P141", top='[parsl]\nstrategy = "None"', executor='cpu_affinity = "none"') == []
    for line in ('walltime = "None"', 'mem_per_node = "None"', 'scheduler_options = "None"'):
        assert found("Q2P141", provider=line) == []
    assert len(found("Q2P141", top='[parsl]\nrun_dir = "None"')) == 1


@pytest.mark.parametrize(
    ("path", "mark"),
    [("~/runs", "~"), ("~", "~"), ("~me/runs", "~me"), ("runs~1", None), ("/a/~b", None)],
)
def test_home_in_a_path(path: str, mark: str | None) -> None:
    findings = found("Q2P142", top=f'[parsl]\nrun_dir = "{path}"')
    assert [f"`{mark}`" in finding.message for finding in findings] == ([True] if mark else [])


def test_a_variable_in_a_path() -> None:
    assert len(found("Q2P142", executor='working_dir = "${SCRATCH}/x"')) == 1
    assert found("Q2P142", executor='worker_logdir_root = "$SCRATCH/x"') == []
    assert found("Q2P142", top='[parsl]\nrun_dir = "$SCRATCH/x"') == []  # Q2P126 says it


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ('partition = "$PART"', ["error"]),
        ('account = "${LAB}"', ["warning"]),
        ('scheduler_options = "#SBATCH -o $HOME/x"', ["error"]),
        ('scheduler_options = "#SBATCH --chdir=~/x"', ["error"]),
        ('scheduler_options = "#SBATCH --output=$USER.out"', ["warning"]),
        ('scheduler_options = "#SBATCH --output=%u/%j.out"', []),
        ('scheduler_options = "#SBATCH -A lab # of $USER"', []),
        ('scheduler_options = "# SBATCH -o $HOME/x"', []),
        ('worker_init = "cd $HOME/x"', []),
    ],
)
def test_a_variable_for_the_scheduler(line: str, severity: list[str]) -> None:
    assert severities(found("Q2P260", provider=line)) == severity


def test_a_variable_on_pbs_is_expanded_by_the_shell() -> None:
    line = 'account = "$LAB"'
    assert found("Q2P260", provider=line, provider_class="PBSProProvider") == []


@pytest.mark.parametrize(
    ("address", "release", "count"),
    [
        ("127.0.0.1", "2026.4", 1),
        ("127.1.2.3", "2026.4", 1),
        ("0.0.0.0", "2026.4", 1),
        ("localhost", "2024.5", 1),
        ("localhost", "2026.4", 0),
        ("192.0.2.1", "2026.4", 0),
    ],
)
def test_address_of_this_machine_only(address: str, release: str, count: int) -> None:
    line = f'address = "{address}"'
    assert len(found("Q2P610", executor=line, release=release)) == count
    local = found("Q2P610", executor=line, provider_class="LocalProvider", release=release)
    assert local == []


OTHER = """
[[parsl.executors]]
class = "HighThroughputExecutor"
label = "other"
max_workers_per_node = 1
worker_port = 54321
"""


def test_the_same_port_twice() -> None:
    first = "worker_port = 54321"
    assert severities(found("Q2P611", executor=first, provider=OTHER)) == ["error"]
    both = found("Q2P611", executor=f'{first}\naddress = "127.0.0.1"', provider=OTHER)
    assert severities(both) == ["error"]
    apart = f'{OTHER}\naddress = "127.0.0.2"'
    assert found("Q2P611", executor=f'{first}\naddress = "127.0.0.1"', provider=apart) == []


@pytest.mark.parametrize(
    ("folder", "count"),
    [
        ("/tmp", 1),
        ("/var/tmp/me", 1),
        ("/dev/shm/x", 1),
        ("/scratch/local/x", 1),
        ("/tmpfs", 0),
        ("/scratch/me", 0),
        ("runinfo", 0),
    ],
)
def test_folder_of_one_node(folder: str, count: int) -> None:
    top = f'[parsl]\nrun_dir = "{folder}"'
    assert len(found("Q2P612", top=top)) == count
    assert found("Q2P612", top=top, provider_class="LocalProvider") == []


def test_executors_outside_of_parsl_are_told_once() -> None:
    report = validate('[parsl]\nretries = 1\n[[executors]]\nclass = "X"\n', "2026.4")
    assert [finding.code for finding in report.findings] == ["Q2P143"]
    report = validate('[[executors]]\nclass = "X"\n', "2026.4")
    (finding,) = report.findings
    assert finding.code == "Q2P010"
    assert "[[parsl.executors]]" in (finding.hint or "")
