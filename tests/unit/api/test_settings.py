"""Settings from the environment."""

from pathlib import Path

import pytest

from api.settings import Settings, SettingsError


def test_nothing_set_means_the_defaults():
    assert Settings.from_env({}) == Settings(Path("var"), 8000, None, 2, None)
    assert Settings.from_env({"PORT": "", "DATA": "", "MINGZHANG_DSN": ""}) == Settings()


def test_a_worker_reads_what_the_supervisor_passed_on_but_not_the_administrators_dsn():
    settings = Settings(Path("/srv/made-up"), 8001, "host=/run/pg user=mingzhang_service", 3, "user=admin")
    env = settings.to_env()
    assert "admin" not in "".join(env.values())
    assert Settings.from_env(env) == Settings(settings.data, 8001, settings.dsn, 3, None)


@pytest.mark.parametrize("port", ["x", "-1", "65536", "8000.0", "８０００", " 80"])
def test_a_port_that_is_none_is_named_with_what_it_takes(port: str):
    with pytest.raises(SettingsError, match=r"PORT is .* from 0 to 65535"):
        Settings.from_env({"PORT": port})


@pytest.mark.parametrize("workers", ["0", "two", "1000"])
def test_a_number_of_workers_that_is_none_is_named(workers: str):
    with pytest.raises(SettingsError, match="MINGZHANG_WORKERS"):
        Settings.from_env({"MINGZHANG_WORKERS": workers})
