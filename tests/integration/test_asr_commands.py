"""The commands for speech as an operator uses them, with the real engine and real archives."""

from __future__ import annotations

import http.server
import json
import threading
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from hotline.asr import catalogue
from hotline.cli.asr import asr_app, model_app, transcribe
from hotline.core.errors import HotlineError
from support.speech import LAMPS, MANIFEST, PAPERS, RATE, error_rate, silence, speech, write

app = typer.Typer()
app.add_typer(asr_app, name="asr")
app.add_typer(model_app, name="model")
app.command()(transcribe)

SMALL = catalogue.entry("small-cn")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where there is no configuration, with a data folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def in_json(*arguments: object) -> Any:
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def error_of(*arguments: object) -> HotlineError:
    error = invoke(*arguments).exception
    assert isinstance(error, HotlineError), error
    return error


def stereo(path: Path, *, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    lamps, papers = speech("base0016.wav"), speech("base0216.wav")
    first = np.concatenate([lamps, silence(len(papers) / RATE)])
    second = np.concatenate([silence(len(lamps) / RATE), papers])
    size = min(len(first), len(second))
    return write(path, np.stack([first[:size], second[:size]], axis=1), rate=rate, subtype=subtype)


def test_a_mono_file_is_written_down_without_a_speaker(tmp_path: Path) -> None:
    (answer,) = in_json("transcribe", write(tmp_path / "a.wav", speech("sv0085.wav"), subtype="PCM_24"))
    assert [(one["speaker"], one["text"]) for one in answer["utterances"]] == [(None, "非常满意")]
    assert answer["model"] == "mini-cn-synthetic"
    assert answer["cost_s"] > 0


def test_the_two_channels_are_two_speakers(tmp_path: Path) -> None:
    file = stereo(tmp_path / "call.wav")
    for use, first, second in (("citizen-agent", "citizen", "agent"), ("agent-citizen", "agent", "citizen")):
        (answer,) = in_json("transcribe", file, "--stereo", use)
        said = {"citizen": "", "agent": ""}
        for one in answer["utterances"]:
            said[one["speaker"]] += one["text"]
        assert error_rate(LAMPS, said[first]) <= 0.1
        assert error_rate(PAPERS, said[second]) <= 0.15


def test_channels_can_be_mixed_and_people_read_lines(tmp_path: Path) -> None:
    result = invoke("transcribe", stereo(tmp_path / "call.wav"), "--stereo", "mix")
    assert result.exit_code == 0
    assert "东三环" in result.stdout
    assert "政务服务中心" in result.stdout
    assert "synthetic-speech model for demo and tests" in result.stderr


def test_what_is_no_sound_is_one_clear_error(tmp_path: Path) -> None:
    for name in ("x.wav", "通话{0}{x}[red].wav"):
        (tmp_path / name).write_text("no sound")
        assert f"{name} is not a sound file" in str(error_of("transcribe", tmp_path / name))
    assert "there is no file" in str(error_of("transcribe", tmp_path / "y.wav"))
    low = write(tmp_path / "low.wav", silence(1), rate=4000)
    assert "4000 samples a second" in str(error_of("transcribe", low))


def manifest_of(path: Path, *names: str) -> Path:
    heading, *lines = MANIFEST.read_text("utf-8").splitlines()
    chosen = [f"{MANIFEST.parent}/{line}" for line in lines if line.startswith(names)]
    path.write_text("\n".join([heading, *chosen]), "utf-8")
    return path


def test_evaluation_tells_the_rate_of_each_set(tmp_path: Path) -> None:
    report = in_json("asr", "evaluate", manifest_of(tmp_path / "m.tsv", "sv", "g2", "base0016"))
    assert list(report["sets"]) == ["base", "g2", "sv", "total"]
    assert report["sets"]["total"]["recordings"] == 6
    assert report["sets"]["total"]["cer"] <= 0.1
    assert report["cost_per_audio_s"] > 0


def test_evaluation_is_a_table_for_people(tmp_path: Path) -> None:
    result = invoke("asr", "evaluate", manifest_of(tmp_path / "m.tsv", "sv0003"))
    assert result.exit_code == 0
    assert "total" in result.stdout
    assert "0.0%" in result.stdout


def test_the_list_says_what_each_model_is() -> None:
    rows = {row["name"]: row for row in in_json("model", "list")}
    assert rows.keys() == {"mini-cn-synthetic", "small-cn", "cn"}
    assert rows["mini-cn-synthetic"]["state"] == "embedded"
    assert rows["small-cn"]["state"] == rows["cn"]["state"] == "not installed"
    assert "synthetic" in invoke("model", "list").stdout
    assert rows["mini-cn-synthetic"]["about"].endswith("does not understand real people")


def archive(path: Path, **changed: bytes) -> Path:
    """An archive laid out like the publisher's, with the embedded model's files in it."""
    folder = catalogue.find(catalogue.entry("mini-cn-synthetic"), ())
    assert folder is not None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                data = changed.get(file.stem, file.read_bytes())
                made.writestr(f"{SMALL.folder}/{file.relative_to(folder)}", data)
    return path


def test_a_model_from_a_file_is_checked_installed_and_used(tmp_path: Path) -> None:
    source = archive(tmp_path / "model.zip")
    answer = in_json("model", "install", "small-cn", "--from", source)
    assert answer["first_use"] is True
    assert Path(answer["folder"]) == tmp_path / "data/hotline/models" / SMALL.folder
    assert {row["name"]: row["state"] for row in in_json("model", "list")}["small-cn"] == "installed"
    heard = in_json("transcribe", MANIFEST.parent / "sv0003.wav", "--model", "small-cn")
    assert heard[0]["model"] == "small-cn"
    assert [one["text"] for one in heard[0]["utterances"]] == ["满意"]

    again = in_json("model", "install", "small-cn", "--from", source)
    assert again["first_use"] is False
    other = archive(tmp_path / "other.zip", README=b"another")
    assert "not the one first installed" in str(error_of("model", "install", "small-cn", "--from", other))
    assert "not the one you gave" in str(
        error_of("model", "install", "small-cn", "--from", source, "--sha256", "ab" * 32)
    )
    assert in_json("model", "install", "small-cn", "--from", source, "--sha256", answer["sha256"])


@pytest.mark.parametrize("broken", ["HCLr", "final", "Gr"])
def test_a_damaged_model_is_found_before_it_is_installed(tmp_path: Path, broken: str) -> None:
    source = archive(tmp_path / "model.zip", **{broken: b"damaged"})
    assert "does not work" in str(error_of("model", "install", "small-cn", "--from", source))
    assert not (tmp_path / "data/hotline/models" / SMALL.folder).exists()
    assert list((tmp_path / "data/hotline/models").glob(".installing-*")) == []


def test_the_embedded_and_unknown_models_cannot_be_installed() -> None:
    assert "embedded" in str(error_of("model", "install", "mini-cn-synthetic"))
    assert "small-cn" in str(error_of("model", "install", "nothing"))


class Publisher(http.server.BaseHTTPRequestHandler):
    """Serves one archive; ``broken`` breaks off in the middle."""

    content = b""
    broken = False

    def do_GET(self) -> None:
        if self.path != f"/{SMALL.folder}.zip":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[: len(self.content) // 2] if self.broken else self.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Generator[type[Publisher]]:
    class Handler(Publisher):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(catalogue, "PUBLISHER", f"http://127.0.0.1:{server.server_port}/")
        yield Handler
        server.shutdown()
        thread.join()


def test_a_model_is_fetched_from_its_publisher(publisher: type[Publisher], tmp_path: Path) -> None:
    publisher.content = archive(tmp_path / "model.zip").read_bytes()
    result = invoke("model", "install", "small-cn")
    assert result.exit_code == 0, result.output
    assert "trusted from now on" in result.stderr
    assert (tmp_path / "data/hotline/models" / SMALL.folder / "am/final.mdl").is_file()


def test_a_fetch_that_breaks_off_installs_nothing(publisher: type[Publisher], tmp_path: Path) -> None:
    publisher.content = archive(tmp_path / "model.zip").read_bytes()
    publisher.broken = True
    assert "broke off" in str(error_of("model", "install", "small-cn"))
    assert "Not Found" in str(error_of("model", "install", "cn"))
    assert list((tmp_path / "data/hotline/models").iterdir()) == []


def test_without_internet_the_error_says_what_to_do(
    publisher: type[Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publisher.content == b""
    monkeypatch.setattr(catalogue, "PUBLISHER", "http://127.0.0.1:1/")
    error = error_of("model", "install", "small-cn")
    assert "cannot fetch" in str(error)
    assert "--from FILE.zip" in error.mend
