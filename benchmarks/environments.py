"""Environments of other stacks, in ``build/``: what cannot be installed beside ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

BUILD = Path(__file__).parent.parent / "build"


def environment(name: str, requirements: Path) -> Path:
    """Return the Python of an environment, made anew only where its requirements have changed.

    Parameters
    ----------
    name
        The environment is ``build/NAME/env``.
    requirements
        File of what pip installs into it.

    Raises
    ------
    subprocess.CalledProcessError
        It cannot be made, for instance because the package index is out of reach.
    """
    folder = BUILD / name / "env"
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != requirements.read_bytes():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        shutil.copy(requirements, stamp)  # last: what was interrupted is made anew
    return python


def variables(brightway: Path) -> dict[str, str]:
    """Return environment variables for a process there, whose projects are in a folder of ours."""
    found = {**os.environ, "BRIGHTWAY2_DIR": str(brightway)}
    found.pop("PYTHONPATH", None)  # it would bring our stack along
    return found
