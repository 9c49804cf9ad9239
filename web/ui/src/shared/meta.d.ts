import "vue-router";

import type { Role } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    /** The page's name, in the frame's menu and in the window's title. */
    title?: string;
    /** Who may see it; without it every signed-in person may. The server decides again on each request. */
    roles?: readonly Role[];
    /** Needs no sign-in. */
    open?: boolean;
    /** Stands in the menu of the frame. */
    menu?: boolean;
    /** The page has the whole window, without the frame's margins. */
    wide?: boolean;
  }
}
