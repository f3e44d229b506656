"""The Python that these tests run in: a virtual environment of their own with the emulator and AWS's client, pinned in `requirements.txt`. Standard
library only, since it runs before anything is installed.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
VENV = REPOSITORY / ".venv-stack"


def enter(*names):
    """Continues in the virtual environment, which is made first if it is not there; `names` are lists of packages beside this file."""
    python = VENV / "bin" / "python"
    if pathlib.Path(sys.prefix) != VENV:
        install(python, ["requirements.txt", *names])
        os.execv(python, [str(python), *sys.argv])


def install(python, names):
    for name in names:
        wanted = (HERE / name).read_bytes()
        # The stamp is the list that was installed: an unchanged one costs nothing, a changed one is never forgotten.
        stamp = VENV / f"installed-{name}"
        if stamp.exists() and stamp.read_bytes() == wanted:
            continue
        if not python.exists():
            shutil.rmtree(VENV, ignore_errors=True)
            if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode != 0:
                shutil.rmtree(VENV, ignore_errors=True)
                sys.exit("python3 cannot make a virtual environment; install the package python3-venv")
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", str(HERE / name)]
        if subprocess.run(command, check=False).returncode != 0:
            sys.exit(f"the packages of tests/stack/{name} could not be installed")
        stamp.write_bytes(wanted)
