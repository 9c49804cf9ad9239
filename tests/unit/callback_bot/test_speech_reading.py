from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.speech.speech_reading import (
    LONGEST_MATTER,
    UnspeakableError,
    read_day,
    read_matter,
    read_number,
    read_person,
    read_text,
)
from hotline.core.pinyin import syllable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("路灯不亮", "路灯不亮"),
        ("2026-11-20停水", "二零二六年十一月二十日停水"),
        ("2026/2/3起没有暖气", "二零二六年二月三日起没有暖气"),
        ("电话13812345678没人接", "电话幺三八，幺二三四，五六七八没人接"),
        ("电话138-1234-5678", "电话幺三八，幺二三四，五六七八"),
        ("拖欠工资200000元", "拖欠工资二十万元"),
        ("多收1,200.50元", "多收一千二百点五零元"),
        ("欠了3.5万元", "欠了三点五万元"),
        ("2个月没发，第2次反映，2楼漏水", "两个月没发，第二次反映，二楼漏水"),
        ("停水2-3天", "停水二到三天"),
        ("A座501室漏水", "诶座五零幺室漏水"),
        ("3#楼12单元", "三号楼十二单元"),
        ("室温15℃，面积100㎡", "室温十五度，面积一百平方米"),
        ("温度-5℃", "温度零下五度"),
        ("ETC扣费，WiFi信号差", "伊踢西扣费，无线网信号差"),
        ("每天9:00到17:30", "每天九点到十七点三十分"),
        ("《条例》（试行）", "条例，试行"),
        ("１２号楼", "十二号楼"),
        ("重庆路 路灯\n不亮。。", "虫庆路路灯不亮"),
        ("工单20261120000123", "工单二零二六，幺幺二零，零零零幺，二三"),
    ],
)
def test_texts_are_read_as_people_read_them(text: str, said: str) -> None:
    assert read_text(text) == said


@pytest.mark.parametrize(
    "text", ["iPhone坏了", "噪音大😀", "привет", "はい", "㐂楼", "忄", "…", " ", "$(touch x)"]
)
def test_what_has_no_sound_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(UnspeakableError) as refused:
        read_text(text)
    assert text.strip(" …") == "" or text not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("张伟", "张伟"),
        ("单女士", "善女士"),
        ("查小明先生", "渣小明先生"),
        ("尉迟恭", "玉迟恭"),
        ("阿不都·热合曼", "阿不都热合曼"),
        ("查干湖旅游公司", "查干湖旅游公司"),
    ],
)
def test_names_are_read_with_their_surnames_reading(name: str, said: str) -> None:
    assert read_person(name) == said


@pytest.mark.parametrize(
    "name", ["张*", "张某", "李XX", "匿名", "匿名市民", "John", "王㐂", "张", "张" * 25, "", "王1"]
)
def test_hidden_and_foreign_names_are_not_read(name: str) -> None:
    with pytest.raises(UnspeakableError):
        read_person(name)


def test_days_tell_the_year_where_it_is_another() -> None:
    assert read_day(date(2026, 11, 20), date(2026, 11, 22)) == "十一月二十号"
    assert read_day(date(2025, 12, 3), date(2026, 1, 2)) == "去年十二月三号"
    assert read_day(date(2024, 12, 30), date(2026, 1, 2)) == "二零二四年十二月三十号"


def test_numbers_are_read_in_groups() -> None:
    assert read_number("138 1234 5678") == "幺三八，幺二三四，五六七八"
    assert read_number("HL-20261120-0012") == "爱去爱喽二零二六，幺幺二零，零零幺二"
    with pytest.raises(UnspeakableError):
        read_number("——")


def test_a_long_matter_is_cut_behind_a_clause_or_refused() -> None:
    assert read_matter("小区门口的路灯全部不亮，" * 5) == "，".join(["小区门口的路灯全部不亮"] * 3)
    with pytest.raises(UnspeakableError):
        read_matter("路" * (LONGEST_MATTER + 1))


@given(st.text("0123456789-/.,:~年月日号元个万人℃#%￥AZaz 第二，。（）路灯😀\n", max_size=40))
def test_whatever_is_read_can_be_said(text: str) -> None:
    try:
        said = read_text(text)
    except UnspeakableError:
        return
    assert all(syllable(sign) != sign or sign in "，。！？、；：" for sign in said)
