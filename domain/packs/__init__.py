"""The rule packs that come with this release, as data: `shipped()` names them, `text_of()` reads one."""

from importlib.resources import files


def shipped() -> tuple[str, ...]:
    """Their names."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in files(__name__).iterdir() if entry.name.endswith(".toml"))
    )


def text_of(name: str) -> str:
    """The text of one, byte for byte as it is digested. Raises `KeyError`."""
    if name not in shipped():
        raise KeyError(name)
    return (files(__name__) / f"{name}.toml").read_bytes().decode()
