import { Problem } from "../shared/api";

/** Return what a person is told of a sign-in that failed; which part was wrong is not told. */
export function wording(error: unknown, by: "password" | "token"): string {
  if (!(error instanceof Problem)) return "登录未能完成，请刷新页面后重试";
  if (error.status === 429) {
    const seconds = Number(error.more["seconds"]);
    const minutes = Math.max(1, Math.ceil(seconds / 60));
    return Number.isFinite(seconds) ? `失败次数过多，请 ${minutes} 分钟后再试` : "失败次数过多，请稍后再试";
  }
  if (error.status === 401) return by === "token" ? "令牌不正确，请核对后重试" : "用户名或密码不正确，请核对后重试";
  return error.message;
}
