"""For every run of pytest in this project, from whichever folder it is started."""

from pathlib import Path


def pytest_configure(config):
    # in pyproject.toml it would be sought from the folder in which pytest is started
    config.option.nbval_sanitize_with = Path(__file__).parent / "tests" / "sanitize.cfg"
