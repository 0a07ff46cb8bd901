"""The database: one writer at a time, forks, moves, migrations, and what it refuses to open."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from modelwright.core.errors import CorruptModel, Error, InvalidArgument, NotFound, Unavailable, WrongState
from modelwright.stores.database import disk, migrations, schema, sqlite
from modelwright.stores.database.search import order_by
from modelwright.stores.database.sqlite import Database
from modelwright.stores.open import open_registry, open_runs
from modelwright.stores.runs import compile
from modelwright.stores.runs.sql import SqlRuns
from modelwright.wire import messages as m

WRITER = """
import sys
from modelwright.stores.open import open_runs
from modelwright.wire import messages as m
store = open_runs(sys.argv[1])
run_id = store.create_run(m.CreateRun("0", run_name=sys.argv[2])).run.info.run_id
for at in range(200):
    store.log_metric(m.LogMetric(run_id, "loss", at, at, at))
    store.log_metric(m.LogMetric(sys.argv[3], "shared", at, at, at))
"""


@pytest.fixture
def store(tmp_path: Path) -> SqlRuns:
    found = open_runs(str(tmp_path / "runs"))
    assert isinstance(found, SqlRuns)
    return found


def new_run(store: SqlRuns) -> str:
    return store.create_run(m.CreateRun("0")).run.info.run_id


def count(store: SqlRuns, run_id: str, key: str) -> int:
    return len(store.get_metric_history(m.GetMetricHistory(run_id, key)).metrics)


# --- cost -------------------------------------------------------------------------------------------------------------


def test_log_metric_is_four_statements_compiled_once(store: SqlRuns) -> None:
    run_id = new_run(store)
    for step in range(2):
        store.log_metric(m.LogMetric(run_id, "loss", 1.0, 1, step))
    statements: list[tuple[str, int]] = []
    connection = store.database._idle[-1]
    connection.trace_v2(
        apsw.SQLITE_TRACE_PROFILE,
        lambda event: statements.append((event["sql"].split()[0], event["stmt_status"]["SQLITE_STMTSTATUS_REPREPARE"])),
    )
    store.log_metric(m.LogMetric(run_id, "loss", 2.0, 2, 2))
    connection.trace_v2(0)
    assert statements == [("BEGIN", 0), ("INSERT", 0), ("INSERT", 0), ("COMMIT", 0)]


def test_a_run_that_another_process_deletes_takes_no_more_points(store: SqlRuns, tmp_path: Path) -> None:
    run_id = new_run(store)
    for step in range(2):
        store.log_metric(m.LogMetric(run_id, "loss", 1.0, 1, step))
    other = SqlRuns(Database(store.database.path), store.root)
    other.delete_run(m.DeleteRun(run_id))
    with pytest.raises(WrongState, match="deleted"):
        store.log_metric(m.LogMetric(run_id, "loss", 1.0, 1, 2))
    other.restore_run(m.RestoreRun(run_id))
    store.log_metric(m.LogMetric(run_id, "loss", 1.0, 1, 3))
    assert count(other, run_id, "loss") == 3


def test_the_first_commit_does_not_wait_for_the_disk(store: SqlRuns) -> None:
    with store.database.read() as session:
        assert session.one("PRAGMA synchronous") == (1,)  # NORMAL
        assert session.one("PRAGMA user_version") == (len(migrations.STEPS),)
    log = Path(f"{store.database.path}-wal")
    assert log.stat().st_size > 32  # its head, which SQLite would wait for, is written already


def test_a_page_of_runs_costs_the_same_number_of_statements_however_long(store: SqlRuns) -> None:
    counts = []
    for size in (1, 50):
        for _ in range(size):
            new_run(store)
        statements: list[str] = []
        connection = store.database._idle[-1]
        connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event, into=statements: into.append(event["sql"]))
        assert len(store.search_runs(m.SearchRuns(["0"])).runs) >= size
        connection.trace_v2(0)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


def test_the_planner_uses_the_indexes(store: SqlRuns) -> None:
    with store.database.read() as session:
        for sql, index in (
            ("SELECT run FROM latest WHERE exp IN (1) AND key = 2 AND value > 0.5", "latest_value"),
            ("SELECT run FROM param WHERE exp IN (1) AND key = 2 AND substr(value, 1, 80) = 'a'", "param_value"),
            ("SELECT id FROM run WHERE exp IN (1) AND stage = 0 ORDER BY started DESC, id DESC", "run_started"),
        ):  # fmt: skip
            plan = " ".join(str(row[-1]) for row in session.all(f"EXPLAIN QUERY PLAN {sql}"))
            assert index in plan, plan
            assert "SCAN" not in plan


def test_the_newest_runs_are_read_from_the_index(store: SqlRuns) -> None:
    with store.database.read() as session:
        query = compile.query(store, session, [0], "= 0", "", [])
        sql = f"SELECT {query.columns} FROM {query.source.text} WHERE {query.condition.text}"
        plan = session.all(f"EXPLAIN QUERY PLAN {sql} ORDER BY {order_by(query.sorts)} LIMIT 100")
    steps = " ".join(str(row[-1]) for row in plan)
    assert "run_started" in steps
    assert "TEMP B-TREE" not in steps, steps


# --- many writers -----------------------------------------------------------------------------------------------------


def test_eight_processes_lose_nothing(store: SqlRuns, tmp_path: Path) -> None:
    run_id = new_run(store)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "runs"), str(at), run_id], stderr=subprocess.PIPE
        )
        for at in range(8)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    runs = store.search_runs(m.SearchRuns(["0"], "metrics.loss = 199")).runs
    assert sorted(run.info.run_name for run in runs) == [str(at) for at in range(8)]
    assert all(count(store, run.info.run_id, "loss") == 200 for run in runs)
    assert count(store, run_id, "shared") == 1600


def test_threads_and_tasks_lose_nothing(store: SqlRuns) -> None:
    run_id = new_run(store)

    def write(worker: int) -> None:
        for at in range(50):
            store.log_metric(m.LogMetric(run_id, "loss", at, at, at))
            store.log_param(m.LogParam(run_id, f"p{worker}-{at}", "1"))

    async def tasks() -> None:
        await asyncio.gather(*(asyncio.to_thread(write, worker) for worker in range(8, 12)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    asyncio.run(tasks())
    assert count(store, run_id, "loss") == 600
    assert len(store.get_run(m.GetRun(run_id)).run.data.params) == 600


def test_new_stores_are_made_once(tmp_path: Path) -> None:
    """Many threads with databases of their own meet at a path where nothing is."""
    databases = [Database(tmp_path / "store.db") for _ in range(8)]

    def touch(database: Database) -> int:
        with database.write() as session:
            row = session.one(
                "INSERT INTO experiment (name, created, updated) VALUES ('x' || random(), 0, 0) RETURNING id"
            )
            assert row
            return int(row[0])

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(touch, databases)) == list(range(1, 9))
    assert sorted(path.name for path in tmp_path.iterdir() if "db-" not in path.name) == ["store.db", "store.lock"]


def test_readers_do_not_wait_for_a_writer(store: SqlRuns) -> None:
    run_id = new_run(store)
    with store.database.write() as session:
        session.run("UPDATE run SET name = 'changed'")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.get_run, m.GetRun(run_id)).result(5).run.info.run_name != "changed"
    assert store.get_run(m.GetRun(run_id)).run.info.run_name == "changed"


def _child(store: SqlRuns, run_id: str) -> None:
    for at in range(50):
        store.log_metric(m.LogMetric(run_id, "child", at, at, at))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # forking with threads is the point
def test_forked_children_write_on(store: SqlRuns) -> None:
    run_id = new_run(store)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            store.log_metric(m.LogMetric(run_id, "parent", 1.0, 1, 1))

    thread = threading.Thread(target=busy)
    thread.start()
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_child, args=(store, run_id)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    stop.set()
    thread.join()
    assert count(store, run_id, "child") == 150
    assert count(store, run_id, "parent") > 0


def test_a_killed_writer_leaves_the_way_free(store: SqlRuns, tmp_path: Path) -> None:
    new_run(store)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom modelwright.stores.database.sqlite import Database\n"
        "with Database(Path(sys.argv[1])).write() as session:\n"
        "    session.run(\"UPDATE run SET name = 'half'\")\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "runs" / "store.db")], check=False, timeout=60)
    start = time.monotonic()
    run_id = new_run(store)
    assert time.monotonic() - start < 5
    assert store.get_run(m.GetRun(run_id)).run.info.run_name != "half"
    assert store.search_runs(m.SearchRuns(["0"], "run_name = 'half'")).runs == []


# --- files that move --------------------------------------------------------------------------------------------------


def test_a_store_can_be_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new place"
    runs, registry = open_runs(str(old)), open_registry(str(old))
    exp = runs.create_experiment(m.CreateExperiment("inside", str(old / "mine"))).experiment_id
    outside = runs.create_experiment(m.CreateExperiment("outside", str(tmp_path / "far"))).experiment_id
    first = runs.create_run(m.CreateRun("0")).run.info
    registry.create_registered_model(m.CreateRegisteredModel("churn"))
    registry.create_model_version(m.CreateModelVersion("churn", f"{first.artifact_uri}/model", first.run_id))
    assert first.artifact_uri == f"{old.as_uri()}/artifacts/0/{first.run_id}/artifacts"
    runs.database.close()  # type: ignore[attr-defined]
    assert str(tmp_path) not in (old / "store.db").read_bytes().decode("latin-1").replace(str(tmp_path / "far"), "")
    shutil.move(old, new)
    runs, registry = open_runs(str(new)), open_registry(str(new))
    uri = runs.get_run(m.GetRun(first.run_id)).run.info.artifact_uri
    assert uri == f"{new.as_uri()}/artifacts/0/{first.run_id}/artifacts"
    assert registry.get_model_version(m.GetModelVersion("churn", "1")).model_version.source == f"{uri}/model"
    found = registry.search_model_versions(m.SearchModelVersions(f"source_path = '{uri}/model'")).model_versions
    assert [version.version for version in found] == ["1"]
    places = {
        one.experiment_id: one.artifact_location for one in runs.search_experiments(m.SearchExperiments()).experiments
    }
    assert places == {
        "0": f"{new.as_uri()}/artifacts/0", exp: f"{new.as_uri()}/mine", outside: (tmp_path / "far").as_uri(),
    }  # fmt: skip
    assert len(runs.search_runs(m.SearchRuns(["0"], f"artifact_uri = '{uri}'")).runs) == 1


def test_a_store_that_was_removed_begins_anew(store: SqlRuns, tmp_path: Path) -> None:
    run_id = new_run(store)
    store.log_param(m.LogParam(run_id, "a", "1"))
    shutil.rmtree(tmp_path / "runs")
    fresh = new_run(store)
    store.log_param(m.LogParam(fresh, "b", "1"))
    store.log_param(m.LogParam(fresh, "a", "2"))
    with pytest.raises(NotFound):
        store.get_run(m.GetRun(run_id))
    assert [(p.key, p.value) for p in store.get_run(m.GetRun(fresh)).run.data.params] == [("a", "2"), ("b", "1")]


def test_a_store_of_an_explicit_database(tmp_path: Path) -> None:
    store = open_runs(f"sqlite:///{tmp_path}/x/y.db")
    info = store.create_run(m.CreateRun("0")).run.info
    assert (tmp_path / "x" / "y.db").is_file()
    assert info.artifact_uri == f"{(tmp_path / 'x').as_uri()}/artifacts/0/{info.run_id}/artifacts"


# --- migrations and refusals ------------------------------------------------------------------------------------------


def test_released_migrations_are_not_edited() -> None:
    """Only add to this list: a store compares the checksums of what was applied to it."""
    assert [migrations._checksum(step) for step in migrations.STEPS] == [CHECKSUM]


CHECKSUM = 1099117383


def test_an_older_store_is_brought_up_to_date_with_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Database(path, (schema.FIRST,)).write() as session:
        session.run("INSERT INTO experiment (name, created, updated) VALUES ('mine', 0, 0)")
    newer = (schema.FIRST, "CREATE TABLE extra (a); INSERT INTO extra VALUES (7)")
    for _ in range(2):
        with Database(path, newer).read() as session:
            assert session.one("SELECT a FROM extra") == (7,)
            assert session.one("SELECT id FROM experiment WHERE name = 'mine'") == (1,)
    backup = apsw.Connection(str(tmp_path / "store.db.schema-1.backup"))
    assert backup.execute("SELECT name FROM experiment ORDER BY id").fetchall() == [("Default",), ("mine",)]
    backup.close()
    with (
        pytest.raises(InvalidArgument, match=r"newer Modelwright \(its schema is 2, this one knows 1\)"),
        Database(path).read(),
    ):
        pass


def test_a_failed_migration_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Database(path).write():
        pass
    with (
        pytest.raises(Error, match="no such table"),
        Database(path, (schema.FIRST, "CREATE TABLE a (b); DROP TABLE c")).read(),
    ):
        pass
    with Database(path).read() as session:
        assert session.one("SELECT name FROM sqlite_schema WHERE name = 'a'") is None


def test_a_store_of_an_unreleased_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Database(path, (schema.FIRST + " ",)).write():
        pass
    with pytest.raises(CorruptModel, match="never released"), Database(path).read():
        pass


def test_other_programs_databases_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE alembic_version (version_num)")
    other.execute("CREATE TABLE experiments (experiment_id)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(InvalidArgument, match="is MLflow's own database and stays as it is"):
        open_runs(f"sqlite:///{path}").create_run(m.CreateRun("0"))
    foreign = tmp_path / "foreign.db"
    other = sqlite3.connect(foreign)
    other.execute("CREATE TABLE recipes (id)")
    other.commit()
    other.close()
    with pytest.raises(InvalidArgument, match="it holds recipes"):
        open_runs(f"sqlite:///{foreign}").get_run(m.GetRun("x"))
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be read as a header of one" * 20)
    with pytest.raises(InvalidArgument, match="is not a SQLite database"):
        open_runs(f"sqlite:///{text}").get_run(m.GetRun("x"))
    assert path.read_bytes() == before


def test_mlflows_file_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("name: Default")
    with pytest.warns(UserWarning, match="MLflow's file format; they stay as they are"):
        open_runs((tmp_path / "mlruns").as_uri())
    with pytest.raises(InvalidArgument, match=r"is a file; give a directory, or sqlite:///"):
        open_runs(str(tmp_path / "mlruns" / "0" / "meta.yaml"))
    assert [path.name for path in (tmp_path / "mlruns").iterdir()] == ["0"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_runs(str(tmp_path / "runs")).create_run(m.CreateRun("0"))


def test_a_path_that_cannot_be_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_runs(str(tmp_path / "file" / "runs")).create_run(m.CreateRun("0"))


def test_every_error_of_sqlite_has_a_meaning() -> None:
    kinds = [kind for kind in vars(apsw).values() if isinstance(kind, type) and issubclass(kind, apsw.Error)]
    assert len(kinds) > 30
    meant = {kind.__name__: type(sqlite.translated(kind("x"), Path("s.db"))) for kind in kinds}
    for name, kind in {
        "BusyError": Unavailable, "FullError": Unavailable, "ReadOnlyError": Unavailable, "CantOpenError": Unavailable,
        "IOError": Unavailable, "NotADBError": InvalidArgument, "TooBigError": InvalidArgument, "SQLError": Error,
    }.items():  # fmt: skip
        assert meant[name] is kind


def test_a_failed_write_leaves_nothing_and_frees_the_way(store: SqlRuns) -> None:
    def write() -> None:
        with store.database.write() as session:
            session.run("INSERT INTO key (name) VALUES ('x')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    with store.database.write() as session:
        assert session.one("SELECT 1 FROM key WHERE name = 'x'") is None


# --- network file systems ---------------------------------------------------------------------------------------------

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:30 / /home rw - nfs4 server:/home rw
31 30 0:31 / /home/me/local\\040disk rw - xfs /dev/sdb rw
32 22 0:32 / /mnt/ssh rw - fuse.sshfs me@host:/ rw
33 22 0:33 / /mnt/overlay rw - fuse.fuse-overlayfs x rw
34 22 0:34 / /hom rw - cifs //x/y rw
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/var/x", False), ("/home/me", True), ("/home/me/local disk/x", False), ("/homely", False), ("/mnt/ssh", True),
        ("/mnt/overlay/x", False), ("/hom/x", True),
    ],
)  # fmt: skip
def test_network_file_systems_are_known(tmp_path: Path, path: str, network: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert disk.is_network(Path(path), str(mounts)) is network


def test_without_a_table_of_mounts_a_disk_is_local(tmp_path: Path) -> None:
    assert disk.is_network(tmp_path, str(tmp_path / "missing")) is False


def test_a_network_file_system_gets_a_rollback_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    local = Database(path)
    with local.write() as session:
        assert session.one("PRAGMA journal_mode") == ("wal",)
    local.close()
    monkeypatch.setattr(sqlite, "is_network", lambda _: True)
    database = Database(path)

    def work(at: int) -> int:
        with database.write() as session:
            session.run("INSERT INTO key (name) VALUES (?)", (str(at),))
        with database.read() as session:
            row = session.one("SELECT count(*) FROM key")
            assert row
            return int(row[0])

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(40))) == 40
    with database.read() as session:
        assert session.one("PRAGMA journal_mode") == ("delete",)
    assert not path.with_name("store.db-wal").exists()
