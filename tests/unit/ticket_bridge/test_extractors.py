from __future__ import annotations

import pytest

from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.fields import Origin
from support.talks import draft_of


@pytest.mark.clause("R-T-5")
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("市: 你好 我想 咨询 一下 怎么 办理 居住证 需要 什么 材料", "咨询"),
        ("市: 我要 投诉 这家 超市 乱收费 要求 退钱", "投诉"),
        ("市: 我要 举报 有人 在 河里 偷 挖 沙子", "举报"),
        ("市: 我 建议 在 公园 增设 几个 路灯", "建议"),
        ("市: 我想 表扬 一个 公交 司机", "表扬"),
        ("市: 我家 停水 了 赶紧 派人 来 修", "求助"),
        ("市: 不好意思 打错 了", "无效"),
    ],
)
def test_kind_follows_what_the_citizen_wants(said: str, kind: str) -> None:
    assert draft_of(said).value(F.KIND) == kind


@pytest.mark.clause("R-T-6")
@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ("市: 这一段 路灯 全灭 了", "城乡建设"),
        ("市: 包工头 欠 我们 三十 个 人 的 工钱", "民生保障"),
        ("市: 翡翠城 又 停电 了 冰箱 里 的 东西 全坏 了", "公共服务"),
        ("市: 昨天 在 饭馆 吃饭 晚上 回家 就 上吐下泻", "医疗卫生"),
        ("市: 五路 公交车 等 了 四十 分钟 来 了 还 不停", "交通出行"),
        ("市: 工地 半夜 打桩 噪音 太 大", "环境保护"),
        ("市: 隔壁 盖房子 占 了 我家 宅基地", "农林水土"),
        ("市: 物业 不 开 业主 大会", "住房保障"),
    ],
)
def test_domain_follows_the_matter(said: str, domain: str) -> None:
    assert draft_of(said).value(F.DOMAIN) == domain


@pytest.mark.clause("R-T-7")
@pytest.mark.parametrize(
    ("said", "urgency", "line"),
    [
        ("市: 刚才 两辆 轿车 相撞 有 一个 人 躺 在 地上 不动 了", "非常紧急", "120"),
        ("市: 快来 楼上 着火 了", "非常紧急", "119"),
        ("市: 马路 上 有个 井盖 没了 有人 掉进去", "紧急", None),
        ("市: 整个 小区 都 停水 两天 了", "紧急", None),
        ("市: 楼下 烧烤店 油烟 太大 我要 投诉", "一般", None),
        ("市: 昨天 两辆 车 相撞 交警 判 得 不 对", "一般", None),
        ("市: 我要投诉。\n坐: 火如果靠近房屋，请立即打119。", "一般", None),
        ("市: 我要投诉，那张收据让我老伴给放丢了。", "一般", None),
    ],
)
def test_urgency_and_emergency_line(said: str, urgency: str, line: str | None) -> None:
    made = draft_of(said)
    assert made.value(F.URGENCY) == urgency
    assert made.value(F.EMERGENCY_LINE) == line


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("坐: 请问 您 贵姓\n市: 我姓 宗 宗教 的 宗\n坐: 宗 先生 您好", "宗先生"),
        ("坐: 请问 您 贵姓\n市: 免 贵姓 云\n坐: 好 的 云 女士", "云女士"),
        ("坐: 怎么 称呼\n市: 我 叫 郝 建军 我 等 你们", "郝建军"),
        ("坐: 怎么 称呼\n市: 我姓 佟 单人旁 一个 冬天 的 冬 佟志刚\n坐: 佟 先生", "佟志刚"),
        ("坐: 怎么 称呼\n市: 温火 生 火柴 的 火\n坐: 好 的 温 先生", "温火生"),
        ("坐: 请问 您 贵姓\n市: 我姓 白 我 老公 白天 在家\n坐: 白 女士", "白女士"),
        ("坐: 您 好\n市: 物业 那个 姓 邵 的 经理 不 接 电话", None),
        # 姓 begins the clause, whatever word the one before it ended in.
        ("坐: 您贵姓\n市: 我不是干部，种地的，姓漆，油漆的漆。\n坐: 漆师傅，已登记。", "漆师傅"),
        # A character that begins no name is one when it is spelt out.
        ("坐: 请问您贵姓\n市: 免贵姓区，自治区的区，区嘉敏。", "区嘉敏"),
        ("坐: 您贵姓\n市: 姓车，不是，姓佘，佘广利。", "佘广利"),
        ("坐: 您叫什么\n市: 俺叫臧大雨。", "臧大雨"),
        ("坐: 您叫什么\n市: 我叫扎西平措。\n坐: 扎西平措先生，已交办。", "扎西平措"),
        # Asked of somebody else: no name of the caller.
        ("坐: 开车的人叫什么，您知道吗\n市: 姓柴，外地来的，开白色面包车。", None),
    ],
)
def test_name(lines: str, name: str | None) -> None:
    assert draft_of(lines).value(F.NAME) == name


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("我马上通知119和燃气公司到场。", "119"),
        ("我帮您转122指挥中心。", "122"),
        ("必要时接120转院。", None),
        ("同时联系疾控和120备勤。", None),
    ],
)
def test_the_line_that_the_agent_joins(words: str, line: str | None) -> None:
    assert draft_of(f"市: 我有个事\n坐: {words}").value(F.EMERGENCY_LINE) == line


def test_a_site_in_which_nobody_lives_is_no_home() -> None:
    made = draft_of("坐: 您住在哪里\n市: 我家在双塔区，新华路，福泽堂大药房的对面。")
    assert made.value(F.ADDRESS) is None


@pytest.mark.parametrize(
    ("lines", "phone"),
    [
        ("市: 打 我 老公 的 幺 五零 四七 三 三 二二 九幺", "15047332291"),
        ("市: 幺 五 幺 三 幺 四九 不是 幺 五 幺 三 幺 四八 六六 二零", "15131486620"),
        ("市: 座机 是 零 八七 幺 六七 三 三 零 九二 五", "087167330925"),
        ("市: 就 打 这个 号 幺 三九 零零 零零 零零 零零", None),
        ("市: 身份证 后面 是 幺 二三 四", None),
        ("坐: 请 拨打 幺 三九 幺 二三四 五六七 八\n市: 好", None),
        (
            "市: 号码 是 幺 三四 七 三九六 幺 二三\n坐: 幺 三四 三 幺 四 幺 七三九六 对 吗\n市: 对",
            "13431417396",
        ),
    ],
)
def test_phone(lines: str, phone: str | None) -> None:
    assert draft_of(lines).value(F.PHONE) == phone


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (
            "坐: 在 什么 位置\n市: 海勃湾区 书香丽苑 七号 楼 不 对 是 九号 楼 二 单元 五零 幺",
            "海勃湾区书香丽苑9号楼2单元501",
        ),
        ("市: 赛罕区 昭云路 和 学禾东街 路口 井盖 没 了", "赛罕区昭云路与学禾东街路口"),
        ("市: 平安区 三合镇 索禾滩村 停水 了", "平安区三合镇索禾滩村"),
        ("市: 钦南区 向阳街道 白沙路 四十六号 的 雨棚", "钦南区向阳街道白沙路46号"),
        ("市: 从 东三环 到 长安街 这一段 路灯 全灭 了", "东三环到长安街"),
        ("市: 我 在 路上 走 楼上 掉 东西", None),
        ("市: 八月 十五号 我 交 的 钱", None),
        # A clause that is only a name goes on with the enumeration; so does the county before the town.
        ("坐: 在什么地方\n市: 中山区，人民路，獐海源，卖假海参。", "中山区人民路獐海源"),
        ("坐: 在哪里\n市: 临海，上盘镇，那个兴农种业，种子是假的。", "临海上盘镇兴农种业"),
        ("坐: 在哪里\n市: 中山区，人民路，停水了，没人管。", "中山区人民路"),
        ("坐: 在哪里\n市: 东宝区，白云大道，我要送一面锦旗过去。", "东宝区白云大道"),
    ],
)
def test_place(lines: str, place: str | None) -> None:
    assert draft_of(lines).value(F.PLACE) == place


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        ("坐: 什么 时候 的 事\n市: 我 投诉 昨天下午 四点 半 他 绕路", "2026-03-17T16:30"),
        ("坐: 什么 时候\n市: 我 投诉 上 礼拜四 他 不给 退钱", "2026-03-12"),
        ("坐: 几点 停 的\n市: 停电 了 八点 一刻 就 没 了", "2026-03-18T08:15/2026-03-18T14:50"),
        ("坐: 从 什么 时候 开始\n市: 拖欠 工资 从 去年 七月份 到 现在", "2025-07-01/2026-03-18"),
        ("坐: 哪天\n市: 我 投诉 大年初三 被 强制 消费", "2026-02-19"),
        ("市: 我 投诉 物业 明天 要 涨价", None),
        # 昨晚 tells the part of the day; small hours belong to the next day.
        ("坐: 几点停的\n市: 昨晚十一点停的。", "2026-03-17T23:00"),
        ("坐: 什么时候倒的\n市: 昨晚一点多树倒了。", "2026-03-18T01:00"),
        ("坐: 哪天\n市: 六号黑天，八点来钟，下了冰雹。", "2026-03-06T20:00"),
        # A number of money before a month is no part of it.
        ("市: 我投诉健身房，交了一千八，二月十二号办的卡，店关了。", "2026-02-12"),
        # A day of the month without 号; a day that belongs to the month told before.
        ("坐: 什么时候垮的\n市: 二月十六晚上塌的。", "2026-02-16"),
        ("坐: 什么时候开始漏的\n市: 去年八月底那场台风，二十六号漏起的。", "2025-08-26/2026-03-18"),
        # An exact day goes before the feast it followed.
        ("坐: 从哪天开始\n市: 我投诉，过完年就没开过门，二月二十五号我去就锁着。", "2026-02-25/2026-03-18"),
        # The hour told elsewhere is the hour of the day.
        ("市: 我投诉，今天电梯掉下来了。\n坐: 人出来了吗\n市: 十点五十关进去的。", "2026-03-18T10:50"),
        ("市: 我投诉，二十一人的班，卡里还有十一个人的钱。", None),
        ("市: 我 建议 十一点 以后 关 路灯", None),
    ],
)
def test_time(lines: str, when: str | None) -> None:
    assert draft_of(lines).value(F.OCCURRED_AT) == when


@pytest.mark.parametrize(
    ("lines", "people"),
    [
        ("坐: 一共 多少 人\n市: 投诉 拖欠 工资 二十三个 人 都 是 一个 村 的", 23),
        ("坐: 有 多少 居民\n市: 投诉 噪音 签名 的 五十六个 人", 56),
        ("市: 投诉 拖欠 工资 我们 二十几个 工人 没 钱 回家", 20),
        ("市: 我 咨询 低保 家里 三口人", None),
        ("市: 投诉 他们 来 了 七八个 人 拆 我 雨棚", None),
        ("市: 我投诉停水，四百来户肯定都有。", 400),
        ("市: 投诉补课，三十几个人挤一间。", 30),
        ("市: 投诉医院，一月二十三号人都在病房。", None),
    ],
)
def test_people_only_when_a_number_is_said(lines: str, people: int | None) -> None:
    assert draft_of(lines).value(F.PEOPLE) == people


@pytest.mark.parametrize(
    ("lines", "secret"),
    [
        ("市: 举报 黑 诊所 一定 要 保密", True),
        ("市: 举报 黑 诊所 千万 不要 讲 是 我 打 的", True),
        ("市: 投诉 养狗\n坐: 好 的 已 为您 保密", True),
        ("市: 举报 假 种子 不用 保密 我 行得端", False),
        ("市: 举报 假 种子", False),
    ],
)
def test_confidential(lines: str, secret: bool) -> None:
    assert draft_of(lines).value(F.CONFIDENTIAL) is secret


@pytest.mark.clause("R-T-10")
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("市: 法院 判 得 不 公 帮我 改\n坐: 对 判决 不服 要 通过 上诉 来 解决 不能 干预 审判", "诉讼仲裁"),
        ("市: 我 的 信访 件 没 结果\n坐: 已经 进入 信访 渠道 不再 重复 派单", "信访"),
        ("市: 帮我 查 个人 他 住 哪\n坐: 属于 个人 隐私 没有 权限", "涉密隐私"),
        ("市: 跟 交警 打个 招呼 给我 消掉 分\n坐: 我们 没有 权力 不能 帮您 撤销", "不合法规"),
        ("市: 打错 了 不好意思", "骚扰无实质"),
        ("市: 物业 不给 修 电梯", None),
    ],
)
def test_out_of_scope(lines: str, reason: str | None) -> None:
    assert draft_of(lines).value(F.OUT_OF_SCOPE) == reason


@pytest.mark.clause("R-T-8")
def test_threat_is_quoted_literally() -> None:
    made = draft_of("市: 投诉 拖欠 工资 再 不 给 钱 我们 就 去 堵 大门 谁 也 别 想 进")
    quote = str(made.value(F.THREAT_QUOTE))
    assert "堵 大门" in quote
    assert quote == made.fields[F.THREAT_QUOTE].evidence[0].words
    assert made.value(F.URGENCY) == "紧急"


def test_going_to_ask_for_an_answer_is_no_threat() -> None:
    made = draft_of("市: 投诉 健身房 跑路 大家 明天 一块 去 讨 说法")
    assert made.value(F.THREAT_QUOTE) is None


@pytest.mark.clause("R-T-8")
@pytest.mark.parametrize(
    ("lines", "demand"),
    [
        ("市: 路灯 全灭 了 希望 你们 尽快 派人 来 修", "尽快检修路灯恢复照明"),
        ("市: 我 投诉 烧烤店\n坐: 您 的 诉求 是\n市: 押金 退给 我", "退还押金"),
        (
            "市: 我 投诉 楼上\n坐: 您 希望 怎么 处理\n市: 把 阳光房 给 拆了 损失 让 他 赔",
            "拆除阳光房，赔偿损失",
        ),
        ("市: 我 要 投诉\n坐: 您 的 诉求 是 把 围墙 降低 对 吗\n市: 对", "把围墙降低"),
        (
            "市: 请问 身份证 丢 了 怎么 补办 要 什么 材料\n坐: 带 户口本 可以 补办 还有 其他 问题 吗",
            "了解补办身份证的材料和流程",
        ),
        ("市: 快来 我家 厨房 着火 了 老人 还 在 里面", "立即灭火救人"),
        ("市: 打错 了 不好意思", "无实质诉求"),
        ("坐: 您好\n市: 喂 你好", None),
    ],
)
def test_demand_is_written_as_a_ticket_says_it(lines: str, demand: str | None) -> None:
    assert draft_of(lines).value(F.DEMAND) == demand


@pytest.mark.clause("R-T-8")
def test_earlier_handling_and_demand_are_the_answers_to_the_agents_questions() -> None:
    made = draft_of(
        """坐: 您好 请问 您 需要 什么 帮助
        市: 我 投诉 楼下 烧烤店 油烟
        坐: 跟 哪个 部门 反映 过
        市: 跟 城管 说 过 一次 来 人 就 关火 人 走 又 开
        坐: 您 的 诉求 是
        市: 把 烟道 改了 改好 之前 别 营业
        坐: 好 的 转 城管 部门"""
    )
    assert str(made.value(F.EARLIER_HANDLING)).startswith("联系城管")
    assert made.fields[F.EARLIER_HANDLING].evidence[0].words.startswith("跟 城管")
    assert made.value(F.DEMAND) == "整改烟道"
    assert made.value(F.HANDLING_UNIT) == "城管部门"
    assert made.fields[F.DEMAND].evidence[0].words == "把 烟道 改了"


def test_a_no_is_no_earlier_handling() -> None:
    made = draft_of("市: 我 投诉 化工厂 偷 排 废气\n坐: 有没有 向 环保 部门 反映 过\n市: 没有 没敢 去 说")
    assert made.value(F.EARLIER_HANDLING) is None


@pytest.mark.parametrize(
    ("lines", "party"),
    [
        ("市: 投诉 店家\n坐: 物业 叫 什么\n市: 叫 惠邻 物业", "惠邻物业"),
        ("市: 热力 公司 不给 修 暖气", "热力公司"),
        ("市: 昌吉市 延安北路 金桥雅苑 停电 了", None),
    ],
)
def test_party(lines: str, party: str | None) -> None:
    assert draft_of(lines).value(F.PARTY) == party


@pytest.mark.clause("R-T-3")
def test_facts_of_the_switch_need_no_words() -> None:
    made = draft_of("市: 路灯 不亮", agent="王芳（1001）", unit="乌海12345")
    assert made.value(F.SOURCE) == "热线电话"
    assert made.value(F.STATUS) == "草稿"
    assert made.value(F.CALLER) == "13900000000"
    assert made.value(F.RAISED_AT) == "2026-03-18T14:50:00+08:00"
    assert made.value(F.AGENT) == "王芳（1001）"
    assert made.value(F.RECEIVING_UNIT) == "乌海12345"
    assert made.value(F.DEADLINE) is None
    assert made.fields[F.RAISED_AT].origin is Origin.CALL


def test_a_call_in_which_nothing_is_said_invents_nothing() -> None:
    made = draft_of("坐: 您好 请问 您 需要 什么 帮助")
    spoken = {name for name, field in made.fields.items() if field.origin is Origin.WORDS}
    assert spoken == set()
    assert made.value(F.KIND) is None
    assert made.value(F.URGENCY) is None


def test_title_has_at_most_twenty_characters() -> None:
    made = draft_of("市: 海勃湾区 书香丽苑 九号 楼 的 路灯 不亮 都 一个 礼拜 了 请 你们 赶紧 来 修")
    title = str(made.value(F.TITLE))
    assert "路灯不亮" in title
    assert len(title) <= 20
