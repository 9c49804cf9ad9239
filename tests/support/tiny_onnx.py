"""A model for sherpa-onnx small enough to be written by hand: it hears a low tone and a high one.

Three graphs of an LSTM transducer without any LSTM: the encoder is the mean of nine frames, the predictor
looks up the last token, and the joiner weighs the bands of the two tones against each other and forbids
to say the same twice. The files are ONNX, put together byte by byte as protobuf has it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LOW_HZ, HIGH_HZ = 500, 2000
_BINS, _FRAMES, _CHUNK = 80, 9, 4
_TOKENS = ("<blk>", "<unk>", "低", "高")
_LOW_BINS, _HIGH_BINS = range(14, 20), range(40, 47)
_FLOAT, _INT64 = 1, 7
Shape = Sequence[int | str]


def write_model(folder: Path) -> Path:
    """Write the model's files into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "encoder.onnx").write_bytes(_encoder())
    (folder / "decoder.onnx").write_bytes(_decoder())
    (folder / "joiner.onnx").write_bytes(_joiner())
    lines = "".join(f"{token} {index}\n" for index, token in enumerate(_TOKENS))
    (folder / "tokens.txt").write_text(lines, encoding="utf-8")
    return folder


def tone(hertz: float, seconds: float, rate: int) -> NDArray[np.int16]:
    """A sine, or silence at 0 Hz."""
    times = np.arange(round(seconds * rate)) / rate
    return (10_000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def _encoder() -> bytes:
    mean = _node("ReduceMean", ["x"], ["encoder_out"], _ints("axes", [1]), _int("keepdims", 1))
    states = [_node("Identity", [name], [f"new_{name}"]) for name in "hc"]
    return _model(
        [mean, *states],
        [],
        {"x": (_FLOAT, ("N", _FRAMES, _BINS)), "h": (_FLOAT, (1, "N", 4)), "c": (_FLOAT, (1, "N", 4))},
        {
            "encoder_out": (_FLOAT, ("N", 1, _BINS)),
            "new_h": (_FLOAT, (1, "N", 4)),
            "new_c": (_FLOAT, (1, "N", 4)),
        },
        {
            **{"model_type": "lstm", "num_encoder_layers": 1, "rnn_hidden_size": 4, "d_model": 4},
            **{"T": _FRAMES, "decode_chunk_len": _CHUNK},
        },
    )


def _decoder() -> bytes:
    size = len(_TOKENS)
    rows = np.eye(size, dtype=np.float32)
    return _model(
        [
            _node("Gather", ["rows", "y"], ["both"]),
            _node("Gather", ["both", "one"], ["out"], _int("axis", 1)),
        ],
        [_tensor("rows", rows), _tensor("one", np.array(1, dtype=np.int64))],
        {"y": (_INT64, ("N", 2))},
        {"out": (_FLOAT, ("N", size))},
        {"vocab_size": size, "context_size": 2},
    )


def _joiner() -> bytes:
    size = len(_TOKENS)
    weights = np.zeros((_BINS, size), dtype=np.float32)
    for bins, token, other in ((_LOW_BINS, 2, 3), (_HIGH_BINS, 3, 2)):
        weights[list(bins), token] = 0.1
        weights[list(bins), other] = -0.1
    again = np.diag([0, 0, -100, -100]).astype(np.float32)
    bias = np.array([3, -1000, 0, 0], dtype=np.float32)
    return _model(
        [
            _node("MatMul", ["sound", "weights"], ["a"]),
            _node("MatMul", ["last", "again"], ["b"]),
            _node("Add", ["a", "b"], ["c"]),
            _node("Add", ["c", "bias"], ["logit"]),
        ],
        [_tensor("weights", weights), _tensor("again", again), _tensor("bias", bias)],
        {"sound": (_FLOAT, ("N", _BINS)), "last": (_FLOAT, ("N", size))},
        {"logit": (_FLOAT, ("N", size))},
        {"joiner_dim": _BINS},
    )


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _whole(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _part(field: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return _number(field << 3 | 2) + _number(len(raw)) + raw


def _parts(field: int, each: Iterable[bytes | str]) -> bytes:
    return b"".join(_part(field, one) for one in each)


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind, sign = (_INT64, "q") if values.dtype == np.int64 else (_FLOAT, "f")
    flat = values.reshape(-1).tolist()
    dims = b"".join(_whole(1, size) for size in values.shape)
    return dims + _whole(2, kind) + _part(8, name) + _part(9, struct.pack(f"<{len(flat)}{sign}", *flat))


def _value(name: str, kind: int, shape: Shape) -> bytes:
    dims = _parts(1, (_whole(1, one) if isinstance(one, int) else _part(2, one) for one in shape))
    return _part(1, name) + _part(2, _part(1, _whole(1, kind) + _part(2, dims)))


def _int(name: str, value: int) -> bytes:
    return _part(1, name) + _whole(3, value) + _whole(20, 2)


def _ints(name: str, values: Sequence[int]) -> bytes:
    return _part(1, name) + b"".join(_whole(8, one) for one in values) + _whole(20, 7)


def _node(kind: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes) -> bytes:
    return _parts(1, inputs) + _parts(2, outputs) + _part(4, kind) + _parts(5, attributes)


def _model(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    inputs: Mapping[str, tuple[int, Shape]],
    outputs: Mapping[str, tuple[int, Shape]],
    told: Mapping[str, int | str],
) -> bytes:
    values = [
        _parts(field, (_value(name, *one) for name, one in ios.items()))
        for field, ios in ((11, inputs), (12, outputs))
    ]
    graph = _parts(1, nodes) + _part(2, "graph") + _parts(5, tensors) + b"".join(values)
    metadata = _parts(14, (_part(1, key) + _part(2, str(value)) for key, value in told.items()))
    return _whole(1, 8) + _part(7, graph) + _part(8, _part(1, "") + _whole(2, 13)) + metadata
