"""The commands about the store: copy either way, migrate, verify; what they say and their exit codes."""

from pathlib import Path

import pytest
from store_samples import bpi, pair, publish
from typer.testing import CliRunner

from geo_integration.cli_store import store_app
from geo_integration.errors import OptionError, SnapshotNotFoundError
from geo_integration.store import FolderStore, open_store

pytestmark = pytest.mark.usefixtures("unchecked")


def _run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(store_app, [*words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_copy_to_postgis_and_back(folder: FolderStore, postgres_url: str, tmp_path: Path) -> None:
    publish(folder, pair(1))
    publish(folder, pair(2))
    address = postgres_url.replace("//postgres@", "//postgres:secret@")
    code, said = _run("copy", folder.location, address)
    assert code == 0
    assert "2 version(s) vérifiée(s)" in said
    assert "dont 2 écrite(s) ; 4 entrée(s)" in said
    assert "secret" not in said
    assert "dont 0 écrite(s) ; 0 entrée(s)" in _run("copy", folder.location, address)[1]
    assert _run("copy", address, str(tmp_path / "retour"))[0] == 0
    assert open_store(tmp_path / "retour").histories() == folder.histories()


def test_copy_of_nothing_and_onto_itself(tmp_path: Path) -> None:
    code, said = _run("copy", str(tmp_path / "a"), str(tmp_path / "b"))
    assert (code, "rien à copier" in said) == (0, True)
    assert not (tmp_path / "b").exists()
    with pytest.raises(OptionError, match="le même"):
        _run("copy", str(tmp_path / "a"), str(tmp_path / "a"))


def test_migrate(folder: FolderStore, postgres_url: str) -> None:
    assert "est un dossier : rien à préparer" in _run("migrate", "--store", folder.location)[1]
    for _ in range(2):
        code, said = _run("migrate", "--store", postgres_url)
        assert (code, "tables et vues à jour" in said) == (0, True)
    with pytest.raises(SnapshotNotFoundError, match="vide"):
        open_store(postgres_url).read("offers")


def test_verify(folder: FolderStore) -> None:
    assert "est vide" in _run("verify", "--store", folder.location)[1]
    snapshot = publish(folder, {"bpi": bpi(1)})
    code, said = _run("verify", "--store", folder.location)
    assert (code, "1 version(s), aucune n'est abîmée" in said) == (0, True)
    (folder.root / "snapshots" / snapshot / "bpi.parquet").write_bytes(b"")
    code, said = _run("verify", "--store", folder.location)
    assert code == 1
    assert "taille de 0 octets" in said
    assert "republier" in said
