"""Reads tables that people send, CSV as Excel and WPS write it, and xlsx: rows of cells, no more."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ...core.errors import InvalidInputError

Cell = object
"""A text, a number, a date, or None."""
Row = tuple[int, tuple[Cell, ...]]
"""A row's number in the file, from 1, and its cells."""

MOST_BYTES = 64 << 20
MOST_UNPACKED = 1 << 30
"""An xlsx is a packed file: one that unpacks to more is refused unread."""
MOST_ROWS = 1_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_table(data: bytes) -> Iterator[Row]:
    """Return the rows of a file that are not empty, of its first sheet; its kind is told by its bytes.

    Raises ``InvalidInputError`` for what is neither, or is too large.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInputError(f"文件超过 {MOST_BYTES >> 20} MB", mend="请分成几个文件")
    if data.startswith(_OLD_EXCEL):
        raise InvalidInputError("这是旧版 Excel 文件（.xls）", mend="请另存为 .xlsx 或 CSV")
    rows = _xlsx(data) if data.startswith(_ZIP) else _csv(data)
    for number, cells in rows:
        if number > MOST_ROWS + 1:
            raise InvalidInputError(f"超过 {MOST_ROWS} 行", mend="请分成几个文件")
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def _csv(data: bytes) -> Iterator[Row]:
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, tuple(cell.strip() for cell in cells)
            number = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInputError(f"第 {number} 行不是 CSV：{error}") from error


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidInputError(
        "既不是 UTF-8 也不是 GB18030 编码的文本，也不是 xlsx", mend="请另存为 .xlsx 或 CSV"
    )


def _xlsx(data: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise InvalidInputError("xlsx 解压后过大", mend="请分成几个文件")
        with warnings.catch_warnings():
            # It warns of styles and of extensions that it leaves out: neither is asked for.
            warnings.simplefilter("ignore")
            book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                sheet: Any = book.worksheets[0]
                for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                    yield number, tuple(one.strip() if isinstance(one, str) else one for one in cells)
            finally:
                book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise InvalidInputError(
            f"xlsx 读不出来：{str(error)[:200]}", mend="请在 Excel 或 WPS 中另存一次"
        ) from error
