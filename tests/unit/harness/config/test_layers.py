from pathlib import Path
from typing import Any

import pytest

from harness.config import layers
from harness.config.model import Config
from harness.errors import Missing, UsageError
from harness.system.paths import ROOT
from harness.system.units import GIB

PROFILES = ROOT / "profiles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text('[load]\nconcurrency = 3\n[app]\npublish = "queued"\n')
    (tmp_path / "broken.toml").write_text("[load\n")
    (tmp_path / "typo.toml").write_text("[load]\nconcurency = 3\n")
    return tmp_path


def load(folder: Path, *settings: str, name: str = "mine", **environment: str) -> Config:
    return layers.load_config(name, settings, environment, folder)


class TestProfiles:
    @pytest.mark.parametrize("name", ["bench", "mix", "rate", "smoke", "reference"])
    def test_hold(self, name: str) -> None:
        assert layers.load_config(name, environment={}).profile == name

    def test_that_are_there(self) -> None:
        assert layers.list_profiles(PROFILES) == [
            "bench",
            "faults",
            "mix",
            "rate",
            "reference",
            "smoke",
        ]

    def test_smoke_is_each_call_once(self) -> None:
        assert layers.load_config("smoke", environment={}).load.requests_per_call == 1

    def test_mix_and_rate_are_bench_by_another_tool(self) -> None:
        bench, mix, rate = (
            layers.load_config(name, environment={}).model_dump()
            for name in ("bench", "mix", "rate")
        )
        bench["load"]["tool"] = "pycurl"
        assert {**mix, "profile": "bench"} == bench
        bench["load"] |= {"rate_per_s": 1000, "concurrency": 512}
        assert {**rate, "profile": "bench"} == bench

    def test_ab_keeps_no_rate(self) -> None:
        with pytest.raises(UsageError) as error:
            layers.load_config("bench", ["load.rate_per_s=10"], environment={})
        assert "load: Value error, ab keeps no rate_per_s; tool pycurl does" in error.value.why

    def test_faults_is_a_smaller_rate_whose_services_are_started_again(self) -> None:
        rate, faults = (
            layers.load_config(name, environment={}).model_dump() for name in ("rate", "faults")
        )
        rate["load"] |= {"rate_per_s": 200, "fraction": 0.19}
        assert rate["restart"]["limit"] == 0
        rate["restart"]["limit"] = 8
        assert {**faults, "profile": "rate"} == rate

    def test_only_an_open_loop_goes_on_through_a_fault(self) -> None:
        with pytest.raises(UsageError, match="does not hold") as error:
            layers.load_config("mix", ["fault.name=kafka"], environment={})
        assert "the whole: Value error, only an open loop goes on" in error.value.why

    def test_only_our_own_services_are_broken(self) -> None:
        with pytest.raises(UsageError, match="does not hold") as error:
            layers.load_config("faults", ["fault.name=kafka", "backend=compose"], environment={})
        assert "only the services of the backend native can be broken" in error.value.why

    def test_a_rate_goes_on_through_a_fault(self) -> None:
        assert (
            layers.load_config("rate", ["fault.name=kafka"], environment={}).fault.name == "kafka"
        )

    def test_reference_is_the_originals_way(self) -> None:
        reference = layers.load_config("reference", environment={})
        assert (reference.load.concurrency, reference.load.keep_alive) == (1, False)
        assert (reference.app.server, reference.app.publish) == ("development", "queued")
        assert reference.app.client == "kafka-python"
        assert (reference.app.linger_ms, reference.streaming.trigger_s) == (0, 10)

    def test_kafka_python_publishes_queued_alone(self) -> None:
        with pytest.raises(UsageError, match="does not hold") as error:
            layers.load_config("reference", ["app.publish=acknowledged"], environment={})
        assert 'publishes only with publish = "queued"' in error.value.why

    def test_unknown_one_names_those_that_are_there(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="no profile 'mien'") as error:
            load(folder, name="mien")
        assert "broken, mine, typo" in error.value.do
        assert "did you mean 'mine'" in error.value.do

    def test_that_is_no_toml(self, folder: Path) -> None:
        with pytest.raises(UsageError, match=r"broken\.toml is no TOML") as error:
            load(folder, name="broken")
        assert "line 1" in error.value.why

    @pytest.mark.parametrize(
        "content",
        [b"\x00", b"\xff\xfe", b"a = " + b"[" * 100_000, b"seed = " + b"9" * 5_000],
        ids=["control", "binary", "deep", "digits"],
    )
    def test_that_no_parser_takes(self, folder: Path, content: bytes) -> None:
        (folder / "odd.toml").write_bytes(content)
        with pytest.raises(UsageError, match=r"odd\.toml is no TOML") as error:
            load(folder, name="odd")
        assert error.value.why
        assert "\n" not in error.value.why

    def test_that_is_a_folder(self, folder: Path) -> None:
        (folder / "odd.toml").mkdir()
        with pytest.raises(UsageError, match=r"odd\.toml cannot be read") as error:
            load(folder, name="odd")
        assert error.value.why == "Is a directory"

    def test_that_is_empty_or_long_holds(self, folder: Path) -> None:
        (folder / "empty.toml").touch()
        (folder / "long.toml").write_text(f"# {'x' * 10_000_000}\nseed = 3\n")
        assert load(folder, name="empty") == Config(profile="empty")
        assert load(folder, name="long").seed == 3

    @pytest.mark.parametrize(
        ("line", "place"),
        [
            (r'"a\nb\u001b[2J" = 1', r"a\nb\x1b[2J: no such key"),
            (f'kafka.topic = "{"x" * 100_000}"', "kafka.topic: "),
            (f'kafka.heap = "{"9" * 400}GB"', "kafka.heap: "),
            ("deadlines.drain_s = inf", "deadlines.drain_s: "),
            ("deadlines.drain_s = nan", "deadlines.drain_s: "),
        ],
    )
    def test_with_an_odd_value_names_its_place_in_a_line(
        self, folder: Path, line: str, place: str
    ) -> None:
        (folder / "odd.toml").write_text(line)
        with pytest.raises(UsageError) as error:
            load(folder, name="odd")
        assert error.value.why.startswith(place)
        assert error.value.why.isprintable()
        assert len(error.value.why) < 600

    def test_with_an_unknown_key_names_the_nearest(self, folder: Path) -> None:
        with pytest.raises(UsageError) as error:
            load(folder, name="typo")
        assert error.value.why == "load.concurency: no such key; did you mean 'load.concurrency'?"


class TestOrder:
    def test_default_then_profile_then_environment_then_setting(self, folder: Path) -> None:
        assert load(folder).load.keep_alive is True
        assert load(folder).load.concurrency == 3
        variable = {"BENCH_LOAD__CONCURRENCY": "4"}
        assert load(folder, **variable).load.concurrency == 4
        assert load(folder, "load.concurrency=5", **variable).load.concurrency == 5

    def test_later_setting_counts(self, folder: Path) -> None:
        assert load(folder, "seed=1", "seed=2").seed == 2

    def test_what_is_beside_stays(self, folder: Path) -> None:
        loaded = load(folder, "load.keep_alive=false", BENCH_APP__PORT="5001")
        assert (loaded.load.concurrency, loaded.load.keep_alive) == (3, False)
        assert (loaded.app.publish, loaded.app.port) == ("queued", 5001)


class TestEnvironment:
    def test_words_of_the_command_line_are_no_settings(self, folder: Path) -> None:
        words = dict.fromkeys(("PROFILE", "SET", "SQL", "RUN", "KEEP", "SERVICE"), "x")
        given = {f"BENCH_{name}": value for name, value in words.items()}
        assert load(folder, **given) == load(folder)

    def test_empty_one_is_not_given(self, folder: Path) -> None:
        assert load(folder, BENCH_SEED="", BENCH_BACKEND="") == load(folder)

    def test_others_are_not_ours(self, folder: Path) -> None:
        assert load(folder, SEED="9", BENCHMARK_SEED="9", XBENCH_SEED="9") == load(folder)

    def test_unknown_one_is_refused(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="did you mean 'BENCH_LOAD__CONCURRENCY'"):
            load(folder, BENCH_LOAD__CONCURENCY="4")

    def test_one_like_a_parameter_is_refused(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="did you mean 'BENCH_REPEAT'"):
            load(folder, BENCH_REPEATS="4")

    def test_one_of_an_unknown_section_is_refused(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="did you mean 'BENCH_BUDGET__MEMORY'"):
            load(folder, BENCH_BUGDET__MEMORY="1GB")

    def test_one_of_a_table_of_foreign_settings_is_not_judged(self) -> None:
        layers.check_variables({"BENCH_EXTERNAL__FILESYSTEM__SETTINGS__FS__S3A__X": "1"})

    def test_of_this_process_is_the_default(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BENCH_SEED", "77")
        assert layers.load_config("mine", folder=folder).seed == 77


class TestSettings:
    def test_values_are_toml_or_text(self, folder: Path) -> None:
        loaded = load(
            folder,
            "load.keep_alive=false",
            "load.fraction=0.5",
            "app.publish=acknowledged",
            'kafka.topic="events"',
            "budget.memory=1.5GB",
        )
        assert loaded.load.keep_alive is False
        assert loaded.load.fraction == 0.5
        assert loaded.app.publish == "acknowledged"
        assert loaded.kafka.topic == "events"
        assert loaded.budget.memory == 1.5 * GIB

    @pytest.mark.parametrize("value", ["1\nseed = 5", "[" * 5_000, "9" * 5_000])
    def test_value_that_is_no_single_one_of_toml_does_not_fit(
        self, folder: Path, value: str
    ) -> None:
        with pytest.raises(UsageError) as error:
            load(folder, f"load.concurrency={value}")
        assert error.value.why.startswith("load.concurrency: ")

    def test_blanks_around_are_no_part(self, folder: Path) -> None:
        assert load(folder, " seed = 4 ").seed == 4

    @pytest.mark.parametrize("setting", ["seed", "=3", "", " =3"])
    def test_that_is_none(self, folder: Path, setting: str) -> None:
        with pytest.raises(UsageError, match="cannot be read") as error:
            load(folder, setting)
        assert "key=value" in error.value.do

    @pytest.mark.parametrize(
        ("setting", "place"),
        [
            ("app.port=80", "app.port"),
            ("app.port=70000", "app.port"),
            ("load.concurrency=0", "load.concurrency"),
            ("load.fraction=0", "load.fraction"),
            ("load.fraction=1.1", "load.fraction"),
            ("load.requests_per_call=0", "load.requests_per_call"),
            ("app.publish=perhaps", "app.publish"),
            ("seed=-1", "seed"),
            ("seed=9223372036854775808", "seed"),
            ("kafka.heap=much", "kafka.heap"),
            ("kafka.heap=0", "kafka.heap"),
            ("kafka.topic=a b", "kafka.topic"),
            ("streaming.trigger_s=0", "streaming.trigger_s"),
            ("deadlines.drain_s=soon", "deadlines.drain_s"),
            ("backend=cloud", "backend"),
            ("load=3", "load"),
        ],
    )
    def test_that_does_not_fit_names_its_place(
        self, folder: Path, setting: str, place: str
    ) -> None:
        with pytest.raises(UsageError, match="profile 'mine' does not hold") as error:
            load(folder, setting)
        assert error.value.why.startswith(f"{place}: ")
        assert error.value.exit_code == 2

    def test_inside_what_is_no_section(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="'seed' is no section"):
            load(folder, "seed=3", "seed.of=4")

    @pytest.mark.parametrize(
        ("setting", "do"),
        [
            ("app.prt=5", "change SET=app.prt=… to SET=app.port=…"),
            ("app.port=80", "change SET=app.port=…"),
            ("load=3", "change SET=load=…"),
        ],
    )
    def test_advice_is_of_the_setting_at_fault(self, folder: Path, setting: str, do: str) -> None:
        with pytest.raises(UsageError) as error:
            load(folder, "seed=4", setting)
        assert error.value.do == do

    def test_advice_is_of_the_profile_where_no_setting_is_at_fault(self, folder: Path) -> None:
        with pytest.raises(UsageError) as error:
            load(folder, "seed=4", name="typo")
        assert error.value.do == f"change {folder.name}/typo.toml"

    def test_all_faults_are_named(self, folder: Path) -> None:
        with pytest.raises(UsageError) as error:
            load(folder, "seed=-1", "app.port=1", "web.port=5")
        assert all(name in error.value.why for name in ("seed: ", "app.port: ", "web: no such key"))


@pytest.mark.parametrize("fields", [{}, {"profile": "bench", "gone": 1}, {"load": []}])
def test_configuration_of_another_version_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(Missing, match="by another version of the harness"):
        layers.restore_config(fields)
