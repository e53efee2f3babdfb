"""The schema of a PostGIS store: migrations, rights of other accounts, databases that cannot hold one."""

from collections.abc import Iterator

import pandas as pd
import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from postgis_sql import run_sql
from psycopg import sql
from store_samples import META, NOW, bpi, later, pair, publish

from geo_integration.errors import StoreError
from geo_integration.layers import LAYERS
from geo_integration.store.postgis import PostgisStore
from geo_integration.store.postgis.database import REVISION, SCRIPTS
from tests.postgres import Server


def test_a_column_that_changed_its_type_is_refused(postgis: PostgisStore) -> None:
    publish(postgis, {"bpi": bpi(1)})
    run_sql(postgis, "DROP VIEW geo.current_bpi")
    run_sql(postgis, "ALTER TABLE geo.bpi ALTER persons TYPE text")
    with pytest.raises(StoreError, match="persons y est de type text au lieu de bigint") as caught:
        publish(postgis, {"bpi": bpi(2)})
    assert "store migrate" in caught.value.way_out


def test_migrating_makes_every_table_and_view_and_may_be_repeated(postgis: PostgisStore) -> None:
    for _ in range(2):
        postgis.migrate()
        found = {
            name
            for (name,) in run_sql(
                postgis, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'geo'"
            )
        }
        assert found == {
            "snapshot",
            "part",
            "history",
            "store_version",
            *LAYERS,
            "report",
            *(f"current_{name}" for name in LAYERS),
        }
    assert (postgis.layers(), postgis.verify(), postgis.version()) == ([], [], "")
    assert ScriptDirectory.from_config(_alembic()).get_heads() == [REVISION]


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def test_a_schema_of_another_time_is_refused(postgis: PostgisStore) -> None:
    publish(postgis, pair(1))
    run_sql(postgis, "UPDATE geo.store_version SET version_num = '9999'")
    for call in (postgis.layers, postgis.migrate, lambda: publish(postgis, pair(2))):
        with pytest.raises(StoreError, match="version plus récente"):
            call()
    run_sql(postgis, "UPDATE geo.store_version SET version_num = '0000'")
    with pytest.raises(StoreError, match="version plus ancienne") as caught:
        postgis.read("offers")
    assert "store migrate" in caught.value.way_out


def test_two_schemas_are_two_stores(postgis: PostgisStore, postgres_url: str) -> None:
    other = PostgisStore(f"{postgres_url}?schema=user")  # a reserved word
    publish(postgis, {"bpi": bpi(1)})
    publish(other, {"bpi": bpi(2)})
    assert set(postgis.read("bpi")["persons"]) == {1}
    assert set(other.read("bpi")["persons"]) == {2}
    other.close()


def _role(store: PostgisStore, *rights: str) -> None:
    for query in (
        "CREATE ROLE autre LOGIN",
        "GRANT USAGE ON SCHEMA geo TO autre",
        *(f"{one} TO autre" for one in rights),
    ):
        run_sql(store, query)


@pytest.fixture
def other(postgis: PostgisStore, postgres_server: Server, postgres_url: str) -> Iterator[PostgisStore]:
    """Give the same store as another account opens it."""
    made = PostgisStore(postgres_server.url(postgres_url.rpartition("/")[2], user="autre"))
    yield made
    made.close()
    run_sql(postgis, "DROP OWNED BY autre")
    run_sql(postgis, "DROP ROLE autre")


def test_one_who_may_only_read(postgis: PostgisStore, other: PostgisStore) -> None:
    publish(postgis, pair(0))
    publish(postgis, pair(1), 1)
    _role(postgis, "GRANT SELECT ON ALL TABLES IN SCHEMA geo")
    assert set(other.read("offers")["title"]) == {"version 1"}
    assert other.verify() == []
    for call in (lambda: publish(other, pair(2)), lambda: other.rollback("offers", "previous", now=later(2))):
        with pytest.raises(StoreError, match="écriture interdite"):
            call()


def test_one_who_may_only_read_a_view(postgis: PostgisStore, other: PostgisStore) -> None:
    publish(postgis, pair(1))
    _role(postgis, "GRANT SELECT ON geo.current_offers")
    assert run_sql(other, "SELECT DISTINCT title FROM geo.current_offers") == [("version 1",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run_sql(other, "SELECT * FROM geo.current_sessions")


def test_one_who_owns_nothing_may_publish_once_all_is_made(postgis: PostgisStore, other: PostgisStore) -> None:
    postgis.migrate()
    _role(postgis, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA geo")
    info = other.publish(pair(1), meta=META, report=pd.DataFrame({"file": ["a"]}), now=NOW)
    run_sql(postgis, "DELETE FROM geo.offers")
    assert other.publish(pair(1), meta=META, report=pd.DataFrame({"file": ["a"]}), now=NOW) == info
    assert postgis.verify() == []


def test_databases_that_cannot_do(postgres_server: Server, unchecked: None) -> None:  # noqa: ARG001
    postgres_server.execute(sql.SQL("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
    bare = postgres_server.database()
    postgres_server.execute(sql.SQL("CREATE ROLE simple LOGIN"))
    free = "127.0.0.1:1"
    for address, said in (
        (postgres_server.url("latin"), "LATIN1 : il la faut en UTF8"),
        (postgres_server.url(bare, user="simple"), "PostGIS n'est pas installé"),
        (postgres_server.url("absente"), "cette base de données n'existe pas"),
        (f"postgresql://moi:secret@{free}/base", "ne répond pas"),
    ):
        store = PostgisStore(address)
        with pytest.raises(StoreError, match=said) as caught:
            publish(store, {"bpi": bpi(1)})
        assert "secret" not in str(caught.value)
        assert caught.value.way_out
        store.close()
    postgres_server.drop("latin")
    postgres_server.drop(bare)
    postgres_server.execute(sql.SQL("DROP ROLE simple"))
