import "element-plus/dist/index.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "./shared/style.css";

import { createApp } from "vue";

import App from "./App.vue";
import { router } from "./router";
import { beginDisplay } from "./shared/display";

beginDisplay();
createApp(App).use(router).mount("#app");
