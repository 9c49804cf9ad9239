import { describe, expect, it } from "vitest";

import { safeNext } from "./next";

describe("where a sign-in leads", () => {
  it("goes to the page that was wanted", () => {
    expect(safeNext("/ops/alarms?state=over", "/ops")).toBe("/ops/alarms?state=over");
  });

  it.each(["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/login?next=/x", "", null])(
    "never leaves this service: %s",
    (wanted) => {
      expect(safeNext(wanted, "/desk")).toBe("/desk");
    },
  );
});
