/** What went wrong, in words for an agent who has a citizen on the line. Pure. */

const WORDS: Readonly<Record<string, string>> = {
  "three_way.already": "这条线路已在通话中或正在呼叫",
  "three_way.closed": "这条线路现在不开放",
  "three_way.not_in_talk": "现在没有与市民通话，不能接入",
  "three_way.no_call": "通话已经结束",
  "three_way.role": "您的角色不能接入这条线路",
  "three_way.not_yours": "这不是您的通话",
  "three_way.rate": "接入请求过于频繁，请稍候再试",
  "three_way.reason": "请写明接入原因",
  "three_way.no_line": "这条线路已经退出",
  "three_way.nobody_held": "市民没有在等待",
  "three_way.would_be_alone": "第三方还没有接通，现在离开市民会没有人接听",
  "three_way.unknown_target": "没有这条线路",
  "desk.no_call": "现在没有通话",
  "desk.no_target": "不能转到那里",
  "desk.in_room": "三方通话中不能这样做",
  "desk.not_in_talk": "话机不在通话中",
  "desk.not_consulting": "现在没有在与别人沟通",
  "desk.at_the_telephone": "请在话机上操作",
  "desk.desk_phone": "您用的是桌面话机",
  "desk.no_agent": "这是另一位坐席的话机",
  "desk.switch_refused": "交换机没有执行，请再试一次",
  "desk.phone_elsewhere": "话机正在另一个窗口使用",
};

export interface Failure {
  id?: string;
  status?: number;
  message?: string;
}

/** Return what to show of a failure; `doing` says what was tried, such as 转接. */
export function problemWords(doing: string, failure: unknown): string {
  const { id = "", status, message = "" } = (failure ?? {}) as Failure;
  const known = WORDS[id];
  if (known) return `${doing}：${known}`;
  if (status === 0 || status === 502) return `${doing}没有成功：连接不到服务，通话不受影响`;
  if (status === 503) return `${doing}没有成功：服务暂时不可用，请再试一次`;
  return message ? `${doing}没有成功。${message}` : `${doing}没有成功`;
}

/** Tell whether the same may be tried again by itself: nothing was wrong with what was sent. */
export function isPassing(failure: unknown): boolean {
  const { status = 0 } = (failure ?? {}) as Failure;
  return status === 0 || status === 404 || status === 409 || status === 429 || status >= 500;
}
