"""The Python environments of these tests, apart from the system's: one with the emulator and AWS's client, in which the tests themselves run, and one
with the tools of a newcomer; each pinned in a list beside this file. Standard library only, since it runs before anything is installed.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


def enter():
    """Continues in the environment of the tests, which is made first if it is not there."""
    venv = REPOSITORY / ".venv-stack"
    if pathlib.Path(sys.prefix) != venv:
        python = install(venv, "requirements.txt")
        os.execv(python, [str(python), *sys.argv])


def install(venv, name):
    """Makes an environment with the packages of one list; its Python."""
    python, wanted = venv / "bin" / "python", (HERE / name).read_bytes()
    # The stamp is the list that was installed: an unchanged one costs nothing, a changed one is never forgotten.
    stamp = venv / "installed.txt"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return python
    if not python.exists():
        shutil.rmtree(venv, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode != 0:
            shutil.rmtree(venv, ignore_errors=True)
            sys.exit("python3 cannot make a virtual environment; install the package python3-venv")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", str(HERE / name)]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"the packages of tests/stack/{name} could not be installed")
    stamp.write_bytes(wanted)
    return python
