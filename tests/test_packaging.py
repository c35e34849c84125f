"""The package as users get it: sdist, wheel, editable, checkout, zip; never the sources here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from q2pconf import __version__

pytestmark = pytest.mark.packaging

CHECKOUT = Path(__file__).resolve().parent.parent
SHIPPED = ("q2pconf", "schemas", "presets", "tools", "tests", "docs")
SINGLE = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore")

TRAVELS = ("generate_schemas.py", "key_notes.toml", "tolerances.toml")
"""What goes to another Python to read a schema off its Parsl."""

# Where the package and its folders really come from, told by the installation itself.
TELL = (
    "import json, q2pconf; from q2pconf import _resources;"
    "print(json.dumps([q2pconf.__file__, str(_resources.folder('schemas')),"
    " str(_resources.folder('presets')), str(_resources.folder('tools'))]))"
)


def call(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command to its good end and return what it printed."""
    hidden = ("PYTHONPATH", "CONDA_PREFIX", "QIIME2_CONFIG", "QIIMETEST")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def works(
    *python: str | Path,
    inside: Path,
    folders: Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    command: tuple[str | Path, ...] = (),
) -> None:
    """The commands run, from files in ``inside`` and resources in ``folders`` alone."""
    init, *resources = json.loads(call(*python, "-c", TELL, cwd=cwd, env=env))
    assert Path(init) == inside / "__init__.py"
    wanted = ("schemas", "presets", "tools")
    assert [Path(path) for path in resources] == [folders / name for name in wanted]
    program = command or (*python, "-m", "q2pconf")
    assert call(*program, "--version", cwd=cwd, env=env) == f"q2pconf {__version__}\n"
    away = {**(env or {}), "HOME": str(cwd), "XDG_CONFIG_HOME": str(cwd)}
    assert call(*program, "which", cwd=cwd, env=away)
    travelling = "from q2pconf import _resources as r; r.read_text('tools', 'generate_schemas.py')"
    call(*python, "-c", travelling, cwd=cwd, env=env)
    written = cwd / "written.toml"
    written.write_text(
        call(*program, "init", "--preset", "local", "-o", "-", cwd=cwd, env=env), encoding="utf-8"
    )
    assert "LocalProvider" in written.read_text(encoding="utf-8")
    call(*program, "validate", written, cwd=cwd, env=env)


def flag(*modules: str, otherwise: tuple[str, ...], there: tuple[str, ...]) -> tuple[str, ...]:
    return there if all(find_spec(module) for module in modules) else otherwise


BUILD = flag("hatchling", there=("--no-isolation",), otherwise=())
EDITABLE = flag("hatchling", "editables", there=("--no-build-isolation",), otherwise=())


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, so that building leaves nothing behind here."""
    copy = tmp_path_factory.mktemp("sources") / "checkout"
    copy.mkdir()
    for name in SHIPPED:
        if not (CHECKOUT / name).is_dir():
            continue
        shutil.copytree(
            CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in SINGLE:
        shutil.copy2(CHECKOUT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", *BUILD, "--outdir", folder, checkout, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that has q2pconf's dependencies and nothing of q2pconf."""
    folder = tmp_path_factory.mktemp("bare")
    return environment(folder / "venv")


def environment(folder: Path) -> Path:
    """Make an environment that borrows this one's packages, but not its editable installs."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    # A folder named in a .pth file is searched, but .pth files in that folder are not.
    Path(site.strip(), "borrowed.pth").write_text("\n".join(sorted(ours)) + "\n")
    return python


def install(python: Path, *arguments: str | Path, cwd: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet")
    call(*pip, "--force-reinstall", "--disable-pip-version-check", *arguments, cwd=cwd)


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def relative_files(checkout: Path, *folders: str) -> set[str]:
    return {
        path.relative_to(checkout).as_posix()
        for folder in folders
        for path in (checkout / folder).rglob("*")
        if path.is_file()
    }


def test_wheel_has_everything_and_nothing_else(wheel: Path, checkout: Path) -> None:
    expected = relative_files(checkout, "q2pconf")
    expected |= {f"q2pconf/{name}" for name in relative_files(checkout, "schemas", "presets")}
    expected |= {f"q2pconf/tools/{name}" for name in TRAVELS}
    names = {name for name in names_in(wheel) if ".dist-info/" not in name}
    assert names == expected
    assert "q2pconf/py.typed" in names


def test_wheel_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"q2pconf-{__version__}.dist-info"
        metadata = archive.read(f"{folder}/METADATA").decode()
        assert "q2pconf = q2pconf.cli:main" in archive.read(f"{folder}/entry_points.txt").decode()
        assert f"{folder}/licenses/LICENSE" in archive.namelist()
    assert f"\nVersion: {__version__}\n" in metadata


def test_sdist_has_the_sources(built: Path, checkout: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        top = f"q2pconf-{__version__}/"
        names = {member.name.removeprefix(top) for member in archive if member.isfile()}
    expected = relative_files(checkout, *SHIPPED) | set(SINGLE)
    assert expected <= names | {".gitignore"}


def test_wheel_from_checkout_is_the_wheel_from_sdist(
    wheel: Path, checkout: Path, tmp_path: Path
) -> None:
    build = (sys.executable, "-m", "build", *BUILD, "--wheel")
    call(*build, "--outdir", tmp_path, checkout, cwd=tmp_path)
    (direct,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(direct) as one, zipfile.ZipFile(wheel) as other:
        contents = [{i.filename: i.CRC for i in archive.infolist()} for archive in (one, other)]
    assert contents[0] == contents[1]


def test_bare_environment_has_no_q2pconf(bare_python: Path, tmp_path: Path) -> None:
    # An editable install leaves copies of the force-included folders behind: no package, no origin.
    code = (
        "import importlib.util, tomlkit\n"
        "spec = importlib.util.find_spec('q2pconf')\n"
        "print(spec and spec.origin)"
    )
    assert call(bare_python, "-c", code, cwd=tmp_path) == "None\n"


def test_wheel_in_an_environment(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install(python, wheel, cwd=tmp_path)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    works(
        python,
        inside=site / "q2pconf",
        folders=site / "q2pconf",
        cwd=tmp_path,
        command=(tmp_path / "venv" / "bin" / "q2pconf",),
    )


def test_wheel_in_a_target_folder(wheel: Path, bare_python: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    install(bare_python, "--target", target, wheel, cwd=tmp_path)
    works(
        bare_python,
        inside=target / "q2pconf",
        folders=target / "q2pconf",
        cwd=tmp_path,
        env={"PYTHONPATH": str(target)},
    )


def test_wheel_as_a_zip(wheel: Path, bare_python: Path, tmp_path: Path) -> None:
    works(
        bare_python,
        inside=wheel / "q2pconf",
        folders=wheel / "q2pconf",
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel)},
    )


def test_editable(checkout: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install(python, *EDITABLE, "--editable", checkout, cwd=tmp_path)
    works(python, inside=checkout / "q2pconf", folders=checkout, cwd=tmp_path)


def test_checkout_that_is_not_installed(checkout: Path, bare_python: Path) -> None:
    works(bare_python, inside=checkout / "q2pconf", folders=checkout, cwd=checkout)
    (checkout / "written.toml").unlink()


def test_moved_apart_says_so(checkout: Path, bare_python: Path, tmp_path: Path) -> None:
    shutil.copytree(checkout / "q2pconf", tmp_path / "q2pconf")
    done = subprocess.run(
        [bare_python, "-m", "q2pconf", "init", "--preset", "local", "-o", "-"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "this installation is broken, install it again" in done.stderr
