"""Any sequence of publications and rollbacks gives what two dictionaries say."""

import itertools
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from store_samples import bpi, later, publish

from geo_integration.schema import Layer
from geo_integration.store import FolderStore, Store
from geo_integration.store.postgis import PostgisStore


class StoreMachine(RuleBasedStateMachine):
    """``contents``: snapshot → layer → value; ``histories``: layer → snapshots, oldest first."""

    def __init__(self, made: Callable[[], Store]) -> None:
        super().__init__()
        self.unchecked = mock.patch.object(Layer, "validate")  # pandera is not what is tested here, and slow
        self.unchecked.start()
        self.store = made()
        self.contents: dict[str, dict[str, int]] = {}
        self.histories: dict[str, list[str]] = {}
        self.clock = 0

    def _move(self, snapshot: str) -> None:
        for layer in self.contents[snapshot]:
            history = self.histories.setdefault(layer, [])
            if not history or history[-1] != snapshot:
                history.append(snapshot)

    @rule(values=st.dictionaries(st.sampled_from(["bpi", "bpi.dian", "bpi.autre"]), st.integers(0, 2), min_size=1))
    def publish(self, values: dict[str, int]) -> None:
        """Publish one to three layers, often a content that is known already."""
        self.clock += 1
        snapshot = publish(self.store, {layer: bpi(value) for layer, value in values.items()}, self.clock)
        assert self.contents.setdefault(snapshot, values) == values
        self._move(snapshot)

    @precondition(lambda self: self.histories)
    @rule(data=st.data())
    def rollback(self, data: st.DataObject) -> None:
        """Go back to any snapshot of a layer, named by id or by its place."""
        self.clock += 1
        layer = data.draw(st.sampled_from(sorted(self.histories)))
        distinct = list(dict.fromkeys(reversed(self.histories[layer])))
        back = data.draw(st.integers(0, len(distinct) - 1))
        target = distinct[back]
        before = {name: history[-1] for name, history in self.histories.items()}
        name = data.draw(st.sampled_from([target, f"-{back}"]))
        done = self.store.rollback(layer, name, now=later(self.clock))
        self._move(target)
        moved = {name: was for name, was in before.items() if self.histories[name][-1] != was}
        assert (done.snapshot.id, done.moved) == (target, moved)

    @invariant()
    def same_as_the_model(self) -> None:
        """Compare layers, histories and rows with the model."""
        assert self.store.layers() == sorted(self.histories)
        for layer, history in self.histories.items():
            assert [entry.snapshot for entry in self.store.history(layer)] == history
            for snapshot in {history[0], history[-1]}:
                assert set(self.store.read(layer, snapshot)["persons"]) == {self.contents[snapshot][layer]}

    def teardown(self) -> None:
        """Check that nothing is damaged in the end."""
        assert self.store.verify() == []
        self.unchecked.stop()
        if isinstance(self.store, PostgisStore):
            self.store.close()


SETTINGS = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def test_any_sequence_in_a_folder(tmp_path: Path) -> None:
    numbers = itertools.count()
    run_state_machine_as_test(
        lambda: StoreMachine(lambda: FolderStore(tmp_path / str(next(numbers)))), settings=SETTINGS
    )


def test_any_sequence_in_postgis(postgres_url: str) -> None:
    numbers = itertools.count()
    run_state_machine_as_test(
        lambda: StoreMachine(lambda: PostgisStore(f"{postgres_url}?schema=s{next(numbers)}")), settings=SETTINGS
    )
